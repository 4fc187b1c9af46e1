// record_folder.h: what a run writes about its images, beside what an earlier run has left there.
//
// For each image ID.METHOD.png (overlay, unless none is wanted), ID.METHOD.npy (the map, fp32, at the input's
// size) and last of all ID.json, so that whatever a record names is there. The files are durable once
// sync_files() (runtime/file.h) has been called for the folder; a record that a power cut before that has left
// empty counts as none. A record keeps the methods of earlier runs that this
// run does not ask for, if they explained the same in the same way.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explain/explainers.h"
#include "explain/record/describe.h"
#include "explain/record/image_record.h"

namespace pellucid {

class RecordFolder {
 public:
  // Both must outlive it.
  RecordFolder(const ExplainRun& run, const MethodSettings& settings)
      : run_(run), settings_(settings) {}

  // Before an image is explained. With `resume` its record, if that has all methods of this run and its
  // files are whole; `note` then says if they are not, and why. Throws Error for a record that cannot be read,
  // and for one that was made otherwise, of which methods would stay or, with `resume`, be taken over.
  std::optional<ImageRecord> earlier(const RecordedInput& input, bool resume,
                                     std::string& note) const;

  // What is to be written of an image; several may be made at once.
  struct Files {
    Json document;
    std::vector<std::vector<std::byte>> pictures, maps;  // of each explanation
  };
  // explanations: of the run's methods. scores: of them, or null.
  Files files_of(const RecordedInput& input, const Sample& sample,
                 const std::vector<Explanation>& explanations, const ImageScores* scores) const;
  // files: of these explanations. Returns the record of these, without what was there before.
  ImageRecord write(const RecordedInput& input, const std::vector<Explanation>& explanations,
                    Files files) const;

  std::filesystem::path picture(const std::string& id, const std::string& method) const;
  std::filesystem::path map(const std::string& id, const std::string& method) const;

 private:
  std::filesystem::path file(const std::string& id, const std::string& ending) const;
  // What an earlier run wrote about an image: all of it, and what is looked at of it.
  struct Before {
    Json document;
    ImageRecord record;
  };
  std::optional<Before> read(const std::string& id) const;
  // Where the record of `methods` differs from what this run would write; "" if it does not.
  std::string difference(const Before& before, const RecordedInput& input,
                         const Methods& methods) const;
  // The methods of a record that this run does not ask for. Throws Error for one that is not known here, which
  // would be lost.
  Methods others(const ImageRecord& record) const;
  // "ID.lime.npy is missing", or "" if all files of the run's methods are those of the record.
  std::string damage(const ImageRecord& record) const;
  // Adds to the document what stays of the record before it, and the agreement of all maps.
  void merge(Json& document, const Before& before,
             const std::vector<Explanation>& explanations) const;

  const ExplainRun& run_;
  const MethodSettings& settings_;
};

}  // namespace pellucid
