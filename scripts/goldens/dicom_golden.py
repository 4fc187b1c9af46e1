#!/usr/bin/env python3
"""Small DICOM files of every kind that is read, and what they are to be shown as: tests/data/dicom/*.dcm and
golden.json beside them, for tests/nn/data/codec/dicom_codec_test.cpp. Needs pydicom 3 with Pillow, pylibjpeg
(libjpeg, openjpeg) and pyjpegls, and DCMTK's dcmcjpeg, which compresses by JPEG. Run by hand:

    dicom_golden.py OUT_FOLDER
    dicom_golden.py --compare READER FILE…   another reader against pydicom, on any files; READER FILE FRAME
                                             OUT prints "width height planes white" and writes uint16 to OUT

The values are pydicom's pixel_array, apply_modality_lut and apply_voi_lut, scaled to 16 bits and rounded
once. What pydicom leaves to its caller is done here: MONOCHROME1, padding, the presentation intent, minimum
to maximum without a window. Every file carries TOKENS in places that identify a person.
"""
import argparse
import json
import os
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pydicom
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_modality_lut, apply_voi_lut
from pydicom.sequence import Sequence

SIZE = (10, 13)         # height, width
WAVELET_SIZE = (32, 33)  # the least that OpenJPEG's five levels take
# Decoders of JPEG may differ by 1 in what is stored; of 12 bits that is 16.003 of 16.
LOSSY = {"jpeg-baseline": 1, "jpeg-baseline-422": 1, "jpeg-extended-12": 17}
TOKENS = {
    "PatientName": "PLANTED^NAME01", "PatientID": "PLANTEDID02", "PatientBirthDate": "19010203",
    "PatientBirthTime": "040506", "PatientAddress": "PLANTED STREET 05", "OtherPatientIDs": "PLANTEDOTHER06",
    "PatientComments": "PLANTED COMMENT 07", "EthnicGroup": "PLANTEDGROUP08",
    "ReferringPhysicianName": "PLANTED^PHYSICIAN09", "PerformingPhysicianName": "PLANTED^PERFORMER10",
    "OperatorsName": "PLANTED^OPERATOR11", "InstitutionName": "PLANTED HOSPITAL 12",
    "InstitutionAddress": "PLANTED ROAD 13", "StationName": "PLANTEDSTATION14",
    "AccessionNumber": "PLANTEDACC15", "StudyDate": "19160717", "StudyDescription": "PLANTED STUDY 17",
    "SeriesDescription": "PLANTED SERIES 18", "StudyInstanceUID": "1.2.826.0.1.3680043.10.1919.1",
    "SeriesInstanceUID": "1.2.826.0.1.3680043.10.2020.1", "ImageComments": "PLANTED IMAGE 21",
    "DeviceSerialNumber": "PLANTEDSERIAL22",
}


def field(low, high, seed=1, size=SIZE):
    """size: smooth values with some noise, from low to high, both reached."""
    y, x = np.mgrid[0:size[0], 0:size[1]]
    v = np.sin(x / 3.0 + seed) + np.cos(y / 2.5) + np.random.default_rng(seed).uniform(0, 0.3, x.shape)
    v = (v - v.min()) / (v.max() - v.min())
    return np.rint(low + v * (high - low)).astype(np.int64)


def data_set(pixels, *, allocated=16, stored=None, high=None, signed=0, colour="MONOCHROME2", planar=0,
             frames=None, syntax=uid.ExplicitVRLittleEndian, size=SIZE, **elements):
    """pixels: (height, width[, 3]) or, with frames, one more axis before these; or bytes as they are."""
    ds = Dataset()
    for name, value in TOKENS.items():
        setattr(ds, name, value)
    ds.SOPClassUID = uid.SecondaryCaptureImageStorage
    ds.SOPInstanceUID = "1.2.826.0.1.3680043.10.2121.1"
    ds.Rows, ds.Columns = size
    ds.SamplesPerPixel = 1 if colour.startswith("MONO") else 3
    ds.PhotometricInterpretation = colour
    if ds.SamplesPerPixel == 3:
        ds.PlanarConfiguration = planar
    if frames:
        ds.NumberOfFrames = frames
    stored = stored or allocated
    ds.BitsAllocated, ds.BitsStored, ds.PixelRepresentation = allocated, stored, signed
    ds.HighBit = stored - 1 if high is None else high
    for name, value in elements.items():
        setattr(ds, name, value)
    big = syntax == uid.ExplicitVRBigEndian
    if not isinstance(pixels, bytes):
        kind = np.dtype(("int" if signed else "uint") + str(allocated)).newbyteorder(">" if big else "<")
        pixels = np.asarray(pixels).astype(kind).tobytes()
    pixels += b"\0" * (len(pixels) % 2)
    if big and allocated == 8:  # OW: bytes lie in words
        pixels = np.frombuffer(pixels, "<u2").astype(">u2").tobytes()
    ds.add_new("PixelData", "OW" if allocated == 16 or big else "OB", pixels)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.preamble = b"\0" * 128
    return ds


def lut(first, bits, values, vr="US"):
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if first < 0 else vr, [len(values), first, bits])
    item.add_new("LUTData", "US", [int(v) for v in values])
    return Sequence([item])


def compressed(ds, path, tool_options=None, syntax=None, **options):
    """Written by pydicom's encoders, or by dcmcjpeg with tool_options."""
    if syntax:
        ds.compress(syntax, generate_instance_uid=False, **options)
        return ds.save_as(path)
    with tempfile.TemporaryDirectory() as folder:
        raw = os.path.join(folder, "raw.dcm")
        ds.save_as(raw)
        subprocess.run(["dcmcjpeg", "--uid-never", *tool_options, raw, path], check=True)


def groups(slope, intercept, centre, width):
    values, voi, group = Dataset(), Dataset(), Dataset()
    values.RescaleSlope, values.RescaleIntercept, values.RescaleType = slope, intercept, "US"
    voi.WindowCenter, voi.WindowWidth = centre, width
    group.PixelValueTransformationSequence = Sequence([values])
    group.FrameVOILUTSequence = Sequence([voi])
    return group


def native_files():
    colour = np.stack([field(0, 255, s) for s in (1, 2, 3)], axis=-1)
    ybr = np.stack([field(40, 220, 1), field(100, 150, 2), field(90, 170, 3)], axis=-1)
    pairs = np.zeros((10, 14, 3), np.int64)
    pairs[:, :13] = ybr
    packed = np.stack([pairs[:, 0::2, 0], pairs[:, 1::2, 0], pairs[:, 0::2, 1], pairs[:, 0::2, 2]], axis=-1)
    hu = field(-1000, 1500)
    dirty = (field(0, 1023) << 2 | 0xF003).astype(np.int64)
    enhanced = data_set(np.stack([field(0, 4095, s) for s in (1, 2)]), stored=12, frames=2)
    enhanced.PerFrameFunctionalGroupsSequence = Sequence([groups(1, 0, 2000, 3000), groups(2, -100, 3000, 4000)])
    return {
        "implicit-window": data_set(field(0, 4095), stored=12, WindowCenter=2048, WindowWidth=3000,
                                    syntax=uid.ImplicitVRLittleEndian),
        "signed-rescaled-windows": data_set(hu + 24, stored=12, signed=1, RescaleSlope=1, RescaleIntercept=-24,
                                            WindowCenter=[40, 300], WindowWidth=[400, 1500]),
        "big-endian-exact": data_set(hu, signed=1, WindowCenter=100.5, WindowWidth=812.25,
                                     VOILUTFunction="LINEAR_EXACT", syntax=uid.ExplicitVRBigEndian),
        "monochrome1-sigmoid": data_set(field(0, 16383), stored=14, colour="MONOCHROME1", WindowCenter=8000,
                                        WindowWidth=5000, VOILUTFunction="SIGMOID"),
        "byte": data_set(field(10, 240), allocated=8),
        "byte-big-endian": data_set(field(10, 240), allocated=8, syntax=uid.ExplicitVRBigEndian),
        "byte-monochrome1": data_set(field(10, 240), allocated=8, colour="MONOCHROME1"),
        "byte-signed": data_set(field(-100, 90), allocated=8, signed=1),
        "byte-rescaled": data_set(field(10, 240), allocated=8, RescaleSlope="-0.3", RescaleIntercept=12),
        "no-window": data_set(field(100, 3000), stored=12),
        "modality-lut": data_set(field(0, 300), ModalityLUTSequence=lut(20, 16, np.arange(256) ** 2 // 16),
                                 WindowCenter=1500, WindowWidth=2500),
        "voi-lut": data_set(field(-300, 300), signed=1, VOILUTSequence=lut(-200, 12, np.sqrt(np.arange(400)) * 200),
                            WindowCenter=0, WindowWidth=100),
        "voi-lut-implicit": data_set(field(-300, 300), signed=1, syntax=uid.ImplicitVRLittleEndian,
                                     VOILUTSequence=lut(-200, 12, np.sqrt(np.arange(400)) * 200)),
        "voi-lut-byte": data_set(field(0, 255), allocated=8, VOILUTSequence=lut(0, 8, 255 - np.arange(256) // 2)),
        "padding": data_set(np.where(field(0, 9) < 3, -2000, hu), signed=1, PixelPaddingValue=-2000),
        "padding-range": data_set(np.where(field(0, 9) < 3, field(4000, 4095), field(0, 3000)), stored=12,
                                  colour="MONOCHROME1", PixelPaddingValue=4095, PixelPaddingRangeLimit=4000),
        "for-processing": data_set(field(0, 4095), stored=12, WindowCenter=2048, WindowWidth=300,
                                   PresentationIntentType="FOR PROCESSING"),
        "for-presentation": data_set(field(0, 4095), stored=12, WindowCenter=2048, WindowWidth=300,
                                     PresentationIntentType="FOR PRESENTATION"),
        "high-bits-dirty": data_set(dirty, stored=12, high=11, WindowCenter=2048, WindowWidth=3000),
        "rgb": data_set(colour, allocated=8, colour="RGB"),
        "rgb-planes": data_set(np.moveaxis(colour, 2, 0), allocated=8, colour="RGB", planar=1),
        "rgb-16": data_set(colour * 16, stored=12, colour="RGB"),
        "ybr-full": data_set(ybr, allocated=8, colour="YBR_FULL"),
        "ybr-422": (data_set(packed.astype(np.uint8).tobytes(), allocated=8, colour="YBR_FULL_422", Columns=14)),
        "frames": data_set(np.stack([field(0, 255, s) for s in (1, 2, 3)]), allocated=8, frames=3),
        "enhanced": enhanced,
    }


def compressed_files(folder):
    colour = np.stack([field(0, 255, s) for s in (1, 2, 3)], axis=-1)
    smooth = np.stack([field(60, 200, 1)] * 3, axis=-1) + [0, 8, -10]
    two = np.stack([field(0, 4095, s) for s in (1, 2)])
    window = {"WindowCenter": 2048, "WindowWidth": 4096}

    def make(name, ds, options=None, **more):
        compressed(ds, folder / f"{name}.dcm", options, **more)

    make("rle-16", data_set(field(-1000, 1500), signed=1, WindowCenter=40, WindowWidth=400), syntax=uid.RLELossless)
    make("rle-rgb-frames", data_set(np.stack([colour, 255 - colour]), allocated=8, colour="RGB", frames=2),
         syntax=uid.RLELossless)
    make("jpeg-ls", data_set(field(0, 4095), stored=12, **window), syntax=uid.JPEGLSLossless)
    make("jpeg-ls-near", data_set(field(0, 4095), stored=12, **window), syntax=uid.JPEGLSNearLossless, jls_error=3)
    make("jpeg-ls-rgb", data_set(colour, allocated=8, colour="RGB"), syntax=uid.JPEGLSLossless)
    wavelet = {"size": WAVELET_SIZE}
    make("jpeg-2000", data_set(field(-1000, 1500, **wavelet), stored=12, signed=1, **window, **wavelet),
         syntax=uid.JPEG2000Lossless)
    make("jpeg-2000-lossy", data_set(field(0, 4095, **wavelet), stored=12, **window, **wavelet),
         syntax=uid.JPEG2000, j2k_cr=[4])
    rct = data_set(np.stack([field(0, 255, s, **wavelet) for s in (1, 2, 3)], axis=-1), allocated=8, colour="RGB",
                   **wavelet)
    rct.PhotometricInterpretation = "YBR_RCT"
    make("jpeg-2000-rgb", rct, syntax=uid.JPEG2000Lossless)
    make("jpeg-baseline", data_set(field(10, 240), allocated=8), ["+eb"])
    make("jpeg-baseline-422", data_set(smooth, allocated=8, colour="RGB"), ["+eb", "+s2"])
    make("jpeg-extended-12", data_set(field(0, 4095), stored=12, **window), ["+ee", "+bt"])
    make("jpeg-lossless", data_set(field(-1000, 1500), signed=1, WindowCenter=40, WindowWidth=400),
         ["+el", "+sv", "4"])
    make("jpeg-lossless-first-order", data_set(field(0, 65535), **window), ["+e1"])
    make("jpeg-lossless-frames", data_set(two, stored=12, frames=2, **window), ["+e1", "+fs", "1"])


def scaled(y, low, high):
    return np.floor((y - low) / (high - low) * 65535 + 0.5).astype(np.int64)


def window_range(ds):
    """The range to which pydicom's windows map."""
    if ds.get("ModalityLUTSequence"):
        return 0, 2 ** ds.ModalityLUTSequence[0].LUTDescriptor[2] - 1
    low, high = (-(2 ** (ds.BitsStored - 1)), 2 ** (ds.BitsStored - 1) - 1) if ds.PixelRepresentation else (
        0, 2**ds.BitsStored - 1)
    slope, intercept = ds.get("RescaleSlope", 1), ds.get("RescaleIntercept", 0)
    return low * slope + intercept, high * slope + intercept


def padding_of(ds, stored):
    if "PixelPaddingValue" not in ds:
        return np.zeros(stored.shape, bool)
    ends = [ds.PixelPaddingValue, ds.get("PixelPaddingRangeLimit", ds.PixelPaddingValue)]
    return (stored >= min(ends)) & (stored <= max(ends))


def with_groups(ds, frame):
    """pydicom looks at the data set alone: the groups of the frame are put there."""
    for group in [*ds.get("SharedFunctionalGroupsSequence", []),
                  *ds.get("PerFrameFunctionalGroupsSequence", [])[frame:frame + 1]]:
        for name in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
            for element in (group.get(name) or [Dataset()])[0]:
                ds.add(element)


def expected(ds, frame=0):
    """(values, white)"""
    if ds.file_meta.get("TransferSyntaxUID") == uid.JPEGBaseline8Bit:
        ds.pixel_array_options(decoding_plugin="pillow")  # libjpeg, as in DCMTK
    stored = ds.pixel_array
    if int(ds.get("NumberOfFrames") or 1) > 1:
        stored = stored[frame]
    if stored.ndim == 3:
        return stored.astype(np.int64), 2**ds.BitsStored - 1
    with_groups(ds, frame)
    values = apply_modality_lut(stored, ds)
    padding = padding_of(ds, stored)
    rescaled = "ModalityLUTSequence" in ds or (ds.get("RescaleSlope", 1), ds.get("RescaleIntercept", 0)) != (1, 0)
    white, shown = 65535, ds.get("PresentationIntentType") != "FOR PROCESSING"
    if shown and ds.get("VOILUTSequence"):
        y, white = apply_voi_lut(values, ds).astype(np.int64), 2 ** ds.VOILUTSequence[0].LUTDescriptor[2] - 1
    elif shown and ds.get("WindowWidth") not in (None, ""):
        y = scaled(apply_voi_lut(values, ds), *window_range(ds))
    elif ds.BitsStored <= 8 and not ds.PixelRepresentation and not rescaled:
        y, white = stored.astype(np.int64), 2**ds.BitsStored - 1
    else:
        inside = values[~padding] if not padding.all() else np.zeros(1)
        low, high = float(inside.min()), float(inside.max())
        y = scaled(np.clip(values.astype(np.float64), low, high), low, high if high > low else low + 1)
    if ds.PhotometricInterpretation == "MONOCHROME1":
        y = white - y
    return np.where(padding, 0, y), white


def write_goldens(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, ds in native_files().items():
        ds.save_as(folder / f"{name}.dcm", enforce_file_format=True)
    compressed_files(folder)
    files = {}
    for path in sorted(folder.glob("*.dcm")):
        frame = int(pydicom.dcmread(path).get("NumberOfFrames", 1)) - 1
        values, white = expected(pydicom.dcmread(path), frame)
        files[path.stem] = {"frame": frame, "white": int(white), "shape": list(values.shape),
                            "tolerance": LOSSY.get(path.stem, 0), "values": values.ravel().tolist()}
    text = {"pydicom": pydicom.__version__, "tokens": list(TOKENS.values()), "files": files}
    (folder / "golden.json").write_text(json.dumps(text, separators=(",", ":")) + "\n")


def compare(reader, paths):
    for path in paths:
        try:
            frames = int(pydicom.dcmread(path, force=True).get("NumberOfFrames") or 1)
        except Exception:
            frames = 1
        for frame in sorted({0, frames - 1}):
            with tempfile.NamedTemporaryFile() as out:
                said = subprocess.run([reader, path, str(frame), out.name], capture_output=True, text=True)
                ours = np.fromfile(out.name, np.uint16).astype(np.int64)
            try:
                values, white = expected(pydicom.dcmread(path, force=True), frame)
            except Exception as error:
                values, white = None, f"{type(error).__name__}: {str(error).splitlines()[0][:70]}"
            lines = said.stdout.strip().splitlines() or [f"exit {said.returncode}"]
            label = f"{os.path.basename(path)} frame {frame}"
            if said.returncode:
                print("refused ", label, "|", lines[0], "| pydicom:", "reads it" if values is not None else white)
            elif values is None:
                print("no peer ", label, "|", white)
            elif values.size != ours.size or int(lines[0].split()[3]) != white:
                print("OTHER   ", label, "|", lines, values.shape, white)
            else:
                off = np.abs(values.ravel() - ours)
                print("equal   " if off.max() == 0 else "differs ", label, "| at most", off.max(), "of", white,
                      f"| {np.mean(off > 0):.4f} differ, {np.mean(off > 1):.4f} by more than 1 |", lines[1:])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compare", metavar="READER")
    parser.add_argument("paths", nargs="+", type=Path)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if arguments.compare:
        compare(arguments.compare, arguments.paths)
    else:
        write_goldens(arguments.paths[0])
