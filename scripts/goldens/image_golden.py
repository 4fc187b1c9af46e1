#!/usr/bin/env python3
"""Small pictures in every format and kind, and what other programs read from them, as goldens for
tests/nn/data/codec/golden_images_test.cpp.

    image_golden.py FOLDER        (committed: tests/data/images)

FOLDER/table.tsv has a line for each file: its name, the PNM file with the pixels that are expected, how far
a value may be away (1 for lossy formats, of which another libjpeg may round otherwise), and the notes. What
Pillow and tifffile read is expected where they read a kind at all; Pillow reduces PNG of 16 bits in colour
to 8, of these the pixels that were written are expected. Transparent is black: v * alpha / white, rounded.
Versions: Pillow 13.0.0, tifffile 2026.3.3, imagecodecs 2026.3.6, numpy 2.4.6.
"""
import io
import struct
import sys
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageCms, ImageOps

W, H = 23, 17
FOLDER = Path(sys.argv[1])
FOLDER.mkdir(parents=True, exist_ok=True)
TABLE = []
EXPECTED = {}
rng = np.random.default_rng(44)


def picture(planes, white, low=0):
    """Ramps that differ from plane to plane, with noise; (H, W, planes)."""
    y, x = np.mgrid[0:H, 0:W]
    ramps = [x / (W - 1), y / (H - 1), (x + y) / (W + H - 2), 1 - x / (W - 1)]
    values = np.stack([ramps[i % 4] for i in range(planes)], -1)
    values = values * 0.8 + rng.uniform(0, 0.2, values.shape)
    return np.maximum(np.rint(values * white), low).astype(np.uint16 if white > 255 else np.uint8)


def expected_file(pixels, white):
    pixels = np.asarray(pixels)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    head = f"P{6 if pixels.shape[2] == 3 else 5} {pixels.shape[1]} {pixels.shape[0]} {white}\n".encode()
    data = head + pixels.astype(">u2" if white > 255 else "u1").tobytes()
    if data not in EXPECTED:
        EXPECTED[data] = f"expected-{len(EXPECTED):02}.pnm"
        (FOLDER / EXPECTED[data]).write_bytes(data)
    return EXPECTED[data]


def add(name, data, pixels, white=255, notes="", tolerance=0):
    (FOLDER / name).write_bytes(data)
    TABLE.append("\t".join([name, expected_file(pixels, white), str(tolerance), notes]))


def over_black(values, white):
    v, a = values[..., :-1].astype(np.int64), values[..., -1:].astype(np.int64)
    return (2 * v * a + white) // (2 * white)


def chunk(kind, body=b""):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def rows(values, depth, filters):
    """Filtered rows of a (h, w, samples) picture; packed below 8 bits."""
    out = b""
    samples = values.shape[2]
    step = max(1, samples * depth // 8)
    before = None
    for i, row in enumerate(values):
        if depth == 16:
            raw = row.astype(">u2").tobytes()
        elif depth == 8:
            raw = row.astype("u1").tobytes()
        else:
            bits = "".join(f"{v:0{depth}b}" for v in row.ravel())
            bits += "0" * (-len(bits) % 8)
            raw = bytes(int(bits[j:j + 8], 2) for j in range(0, len(bits), 8))
        now = np.frombuffer(raw, np.uint8).astype(int)
        up = np.zeros_like(now) if before is None else before
        left = np.concatenate([np.zeros(step, int), now])[:len(now)]
        corner = np.concatenate([np.zeros(step, int), up])[:len(now)]
        guess = left + up - corner
        distances = [abs(guess - left), abs(guess - up), abs(guess - corner)]
        paeth = np.where((distances[0] <= distances[1]) & (distances[0] <= distances[2]), left,
                         np.where(distances[1] <= distances[2], up, corner))
        kind = i % 5 if filters else 0
        minus = [0, left, up, (left + up) // 2, paeth][kind]
        out += bytes([kind]) + ((now - minus) % 256).astype(np.uint8).tobytes()
        before = now
    return out


def png(values, depth, colour, before=b"", interlaced=False, after=b""):
    if values.ndim == 2:
        values = values[..., None]
    data = b""
    if interlaced:
        for y, x, dy, dx in [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
                             (1, 0, 2, 1)]:
            data += rows(values[y::dy, x::dx], depth, depth >= 8)
    else:
        data = rows(values, depth, depth >= 8)
    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], depth, colour, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", zlib.compress(data, 9)) +
            after + chunk(b"IEND"))


def pillow(data, mode=None):
    image = Image.open(io.BytesIO(data))
    image = ImageOps.exif_transpose(image)
    return np.asarray(image.convert(mode) if mode else image)


def png_cases():
    for depth in (1, 2, 4, 8, 16):
        white = 2 ** depth - 1
        grey = picture(1, white)[..., 0]
        for interlaced in (False, True):
            data = png(grey, depth, 0, interlaced=interlaced)
            if depth <= 8:
                assert np.array_equal(pillow(data, "L"), grey.astype(int) * 255 // white)
            else:
                assert np.array_equal(pillow(data), grey)
            add(f"grey{depth}{'-interlaced' * interlaced}.png", data, grey, white)
    for depth in (1, 2, 4, 8):
        count = min(2 ** depth, 40)
        palette = rng.integers(0, 256, (count, 3)).astype(np.uint8)
        places = rng.integers(0, count, (H, W)).astype(np.uint8)
        data = png(places, depth, 3, chunk(b"PLTE", palette.tobytes()), interlaced=depth == 4)
        assert np.array_equal(pillow(data, "RGB"), palette[places])
        add(f"palette{depth}.png", data, palette[places])
        alpha = rng.integers(0, 256, count).astype(np.uint8)[:max(1, count - 1)]
        data = png(places, depth, 3, chunk(b"PLTE", palette.tobytes()) + chunk(b"tRNS", alpha.tobytes()))
        full = np.concatenate([palette, np.append(alpha, [255] * (count - len(alpha)))[:, None]], 1)[places]
        assert np.array_equal(pillow(data, "RGBA"), full)
        add(f"palette{depth}-transparent.png", data, over_black(full, 255), notes="alpha over black")
    for depth in (2, 8, 16):
        white = 2 ** depth - 1
        grey = picture(1, white, 1)[..., 0]
        key = int(grey[3, 5])
        data = png(grey, depth, 0, chunk(b"tRNS", struct.pack(">H", key)))
        add(f"grey{depth}-transparent.png", data, np.where(grey == key, 0, grey), white, "alpha over black")
    for depth in (8, 16):
        white = 2 ** depth - 1
        rgb = picture(3, white, 1)
        rgb[4:6, 2:9] = key = rgb[2, 7]
        plain = png(rgb, depth, 2)
        assert depth == 16 or np.array_equal(pillow(plain), rgb)
        add(f"rgb{depth}.png", plain, rgb, white)
        add(f"rgb{depth}-interlaced.png", png(rgb, depth, 2, interlaced=True), rgb, white)
        data = png(rgb, depth, 2, chunk(b"tRNS", struct.pack(">3H", *map(int, key))))
        hidden = np.where((rgb == key).all(-1)[..., None], 0, rgb)
        add(f"rgb{depth}-transparent.png", data, hidden, white, "alpha over black")
        data = png(rgb, depth, 2, chunk(b"tRNS", struct.pack(">3H", 0, 0, 0)))
        add(f"rgb{depth}-none-transparent.png", data, rgb, white)
        for colour, planes in ((4, 2), (6, 4)):
            values = picture(planes, white)
            data = png(values, depth, colour, interlaced=depth == 16)
            assert depth == 16 or np.array_equal(pillow(data), values)
            add(f"alpha{planes}-{depth}.png", data, over_black(values, white), white, "alpha over black")
    opaque = picture(4, 255)
    opaque[..., 3] = 255
    add("opaque.png", imagecodecs.png_encode(opaque), opaque[..., :3])
    grey = picture(1, 255)[..., 0]
    gamma = chunk(b"gAMA", struct.pack(">I", 50000))
    add("gamma.png", png(grey, 8, 0, gamma), grey, notes="gAMA ignored")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    icc = chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile, 9))
    add("profile.png", png(opaque[..., :3], 8, 2, icc), opaque[..., :3], notes="ICC profile ignored")
    add("chroma.png", png(opaque[..., :3], 8, 2, gamma + chunk(b"cHRM", struct.pack(
        ">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))), opaque[..., :3],
        notes="gAMA ignored; cHRM ignored")
    standard = chunk(b"sRGB", b"\0") + chunk(b"gAMA", struct.pack(">I", 45455))
    add("srgb.png", png(opaque[..., :3], 8, 2, standard), opaque[..., :3])
    exif = chunk(b"eXIf", exif_of(6))
    data = png(grey, 8, 0, exif)
    add("turned.png", data, pillow(data), notes="EXIF orientation 6 applied")
    data = png(grey, 8, 0, after=exif)
    add("turned-at-the-end.png", data, np.rot90(grey, -1), notes="EXIF orientation 6 applied")


def exif_of(orientation, order=">"):
    mark = b"MM" if order == ">" else b"II"
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return mark + struct.pack(order + "HI", 42, 8) + struct.pack(order + "H", 1) + entry + b"\0\0\0\0"


def jpeg(values, **options):
    out = io.BytesIO()
    mode = {1: "L", 3: "RGB", 4: "CMYK"}[values.shape[2]]
    image = Image.fromarray(values[..., 0] if mode == "L" else values, None if mode != "CMYK" else "CMYK")
    image.save(out, "JPEG", **options)
    return out.getvalue()


def without_adobe(data):
    at = data.index(b"\xFF\xEE\x00\x0EAdobe")
    return data[:at] + data[at + 16:]


def jpeg_cases():
    grey, rgb, cmyk = picture(1, 255), picture(3, 255), picture(4, 255)

    def simple(name, data, mode, notes=""):
        add(name, data, pillow(data, mode), notes=notes, tolerance=1)

    simple("grey.jpg", jpeg(grey), "L")
    simple("grey-progressive.jpg", jpeg(grey, progressive=True), "L")
    for subsampling in (0, 1, 2):
        simple(f"rgb-{subsampling}.jpg", jpeg(rgb, quality=90, subsampling=subsampling), "RGB")
    simple("progressive.jpeg", jpeg(rgb, progressive=True, quality=60), "RGB")
    simple("restarts.jpg", jpeg(rgb, restart_marker_blocks=1, quality=10), "RGB")
    simple("stored-as-rgb.jpg", jpeg(rgb, keep_rgb=True), "RGB")
    simple("profile.jpg", jpeg(rgb, icc_profile=ImageCms.ImageCmsProfile(
        ImageCms.createProfile("sRGB")).tobytes()), "RGB", "ICC profile ignored")
    note = "CMYK (inverted, as Adobe's) made RGB"
    simple("cmyk.jpg", jpeg(cmyk, quality=95), "RGB", note)
    simple("ycck.jpg", imagecodecs.jpeg8_encode(255 - cmyk, colorspace="CMYK", outcolorspace="YCCK"), "RGB", note)
    data = jpeg(cmyk, quality=95)
    stored = 255 - np.asarray(Image.open(io.BytesIO(data))).astype(np.int64)  # Pillow has inverted them
    add("cmyk-plain.jpg", without_adobe(data), over_black(255 - stored, 255), notes="CMYK made RGB", tolerance=1)
    for orientation in range(1, 9):
        exif = b"Exif\0\0" + exif_of(orientation, "<" if orientation % 2 else ">")
        simple(f"turned-{orientation}.jpg", jpeg(grey, exif=exif), "L",
               f"EXIF orientation {orientation} applied" if orientation > 1 else "")
    data = jpeg(grey, exif=b"Exif\0\0" + exif_of(9))
    add("turned-9.jpg", data, np.asarray(Image.open(io.BytesIO(data))), notes="EXIF orientation 9 ignored",
        tolerance=1)


def tiff(values, **options):
    out = io.BytesIO()
    options.setdefault("metadata", None)
    tifffile.imwrite(out, values, **options)
    return out.getvalue()


def by_tifffile(data):
    return tifffile.imread(io.BytesIO(data), key=0)


def tiff_cases():
    rgb8, rgb16 = picture(3, 255), picture(3, 65535)
    grey8, grey16 = picture(1, 255)[..., 0], picture(1, 65535)[..., 0]
    black, colour = {"photometric": "minisblack"}, {"photometric": "rgb"}

    def simple(name, values, notes="", **options):
        data = tiff(values, **options)
        read = by_tifffile(data)
        if options.get("planarconfig") == "separate":
            read = np.moveaxis(read, 0, -1)
        add(name, data, read, 65535 if read.dtype == np.uint16 else 255, notes,
            1 if options.get("compression") == "jpeg" else 0)

    simple("grey8.tif", grey8, **black)
    simple("grey16.tif", grey16, **black)
    simple("grey16-big-endian.tif", grey16, byteorder=">", **black)
    simple("grey16-bigtiff.tiff", grey16, bigtiff=True, **black)
    simple("strips.tif", rgb8, rowsperstrip=5, **colour)
    simple("tiles.tif", rgb8, tile=(16, 16), compression="lzw", **colour)
    simple("tiles16.tif", grey16, tile=(16, 16), compression="zlib", **black)
    simple("rgb16.tif", rgb16, compression="lzw", predictor=True, **colour)
    planar = np.moveaxis(rgb8, -1, 0)
    simple("planar.tif", planar, planarconfig="separate", compression="packbits", rowsperstrip=4, **colour)
    simple("planar-tiles.tif", np.moveaxis(rgb16, -1, 0), planarconfig="separate", tile=(16, 16), **colour)
    for compression in ("lzw", "zlib", "packbits", "zstd", "lzma"):
        simple(f"{compression}.tif", grey8, compression=compression, rowsperstrip=6, **black)
    simple("predictor.tif", grey16, compression="zlib", predictor=True, **black)
    simple("jpeg-grey.tif", grey8, compression="jpeg", **black)
    simple("turned.tif", grey8, extratags=[(274, 3, 1, 1, True)], **black)
    data = tiff(grey8, extratags=[(274, 3, 1, 6, True)], **black)
    add("turned-6.tif", data, pillow(data), notes="EXIF orientation 6 applied")
    data = tiff(grey16, photometric="miniswhite")
    add("white-is-0.tif", data, 65535 - grey16, 65535, "min-is-white inverted")
    simple("profile.tif", rgb8, "ICC profile ignored", iccprofile=ImageCms.ImageCmsProfile(
        ImageCms.createProfile("sRGB")).tobytes(), **colour)
    pages = tiff(np.stack([grey8, 255 - grey8, grey8]), **black)
    add("pages.tif", pages, grey8, notes="the first of 3 pages")
    for white, kind in ((255, "u1"), (65535, "u2")):
        rgba = picture(4, white)
        add(f"alpha-{kind}.tif", tiff(rgba, extrasamples=["unassalpha"], **colour), over_black(rgba, white), white,
            "alpha over black")
    two = picture(2, 255)
    add("grey-alpha.tif", tiff(two, extrasamples=["unassalpha"], planarconfig="contig", **black),
        over_black(two, 255), notes="alpha over black")
    rgba = picture(4, 255)
    add("premultiplied.tif", tiff(rgba, extrasamples=["assocalpha"], **colour), rgba[..., :3],
        notes="alpha over black")
    add("extra.tif", tiff(rgba, extrasamples=["unspecified"], **colour), rgba[..., :3],
        notes="1 of 4 samples a pixel ignored")
    cmyk = picture(4, 255)
    add("cmyk.tif", tiff(cmyk, photometric="separated"), over_black(255 - cmyk, 255), notes="CMYK made RGB")
    palette = rng.integers(0, 256, (3, 256)).astype(np.uint16)
    places = rng.integers(0, 256, (H, W)).astype(np.uint8)
    add("palette.tif", tiff(places, photometric="palette", colormap=palette * 257),
        np.moveaxis(palette[:, places], 0, -1))
    bits = picture(1, 1)[..., 0]
    for name, compression in (("bilevel", None), ("fax", "group4")):
        out = io.BytesIO()
        Image.fromarray(bits.astype(bool)).save(out, "TIFF", compression=compression)
        white = tifffile.TiffFile(io.BytesIO(out.getvalue())).pages[0].photometric == 0
        assert np.array_equal(pillow(out.getvalue()), bits.astype(bool))
        add(f"{name}.tif", out.getvalue(), bits, 1, "min-is-white inverted" if white else "")
    out = io.BytesIO()
    Image.fromarray(rgb8).save(out, "TIFF", compression="jpeg")
    add("jpeg-rgb.tif", out.getvalue(), pillow(out.getvalue(), "RGB"), tolerance=1)
    data = tiff(rgb8, photometric="ycbcr", compression="jpeg")
    add("jpeg-ycbcr.tif", data, pillow(data, "RGB"), tolerance=1)


def bmp(values, bits, palette=b"", extra=b"", compression=0, header=40):
    rows_of = []
    for row in values[::-1]:
        row = row.tobytes() if bits >= 8 else bytes(
            int("".join(f"{v:0{bits}b}" for v in row).ljust(-(-len(row) * bits // 8) * 8, "0")[j:j + 8], 2)
            for j in range(0, -(-len(row) * bits // 8) * 8, 8))
        rows_of.append(row + b"\0" * (-len(row) % 4))
    h, w = values.shape[:2]
    if header == 12:
        info = struct.pack("<IHHHH", 12, w, h, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, w, h, 1, bits, compression, 0, 0, 0, 0, 0)
    offset = 14 + len(info) + len(extra) + len(palette)
    pixels = b"".join(rows_of)
    return b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + info + extra + palette + pixels


def bmp_cases():
    rgb, grey = picture(3, 255), picture(1, 255)[..., 0]
    for name, image in (("bilevel", Image.fromarray(picture(1, 1)[..., 0].astype(bool))),
                        ("grey", Image.fromarray(grey)), ("rgb", Image.fromarray(rgb)),
                        ("rgbx", Image.fromarray(picture(4, 255))),
                        ("palette", Image.fromarray(rgb).quantize(30))):
        out = io.BytesIO()
        image.save(out, "BMP")
        add(f"{name}.bmp", out.getvalue(), pillow(out.getvalue(), "L" if name in ("grey", "bilevel") else "RGB"))
    for bits in (1, 4, 8):
        count = 2 ** bits
        colours = rng.integers(0, 256, (count, 4)).astype(np.uint8)
        places = rng.integers(0, count, (H, W)).astype(np.uint8)
        data = bmp(places, bits, colours.tobytes())
        assert np.array_equal(pillow(data, "RGB"), colours[..., 2::-1][places])
        add(f"palette{bits}.bmp", data, colours[..., 2::-1][places])
    data = bmp(places, 8, np.ascontiguousarray(colours[:, :3]).tobytes(), header=12)
    assert np.array_equal(pillow(data, "RGB"), colours[..., 2::-1][places])
    add("os2.bmp", data, colours[..., 2::-1][places])
    fives = (rgb >> 3).astype(np.int64)
    word = fives[..., 0] << 10 | fives[..., 1] << 5 | fives[..., 2]
    data = bmp(word.astype("<u2"), 16)
    assert np.array_equal(pillow(data), fives * 255 // 31)  # Pillow cuts off
    add("fields555.bmp", data, (fives * 510 + 31) // 62)
    green = (rgb[..., 1] >> 2).astype(np.int64)
    word = fives[..., 0] << 11 | green << 5 | fives[..., 2]
    parts = np.stack([(fives[..., 0] * 510 + 31) // 62, (green * 510 + 63) // 126, (fives[..., 2] * 510 + 31) // 62], -1)
    add("fields565.bmp", bmp(word.astype("<u2"), 16, extra=struct.pack("<3I", 0xF800, 0x7E0, 0x1F), compression=3),
        parts)
    rgba = picture(4, 255)
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    data = bmp(np.ascontiguousarray(rgba[..., [2, 1, 0, 3]]), 32, extra=masks, compression=3, header=56)
    assert np.array_equal(pillow(data), rgba)
    add("alpha.bmp", data, over_black(rgba, 255), notes="alpha over black")


png_cases()
jpeg_cases()
tiff_cases()
bmp_cases()
(FOLDER / "table.tsv").write_text("\n".join(TABLE) + "\n")
