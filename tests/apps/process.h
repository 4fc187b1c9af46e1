// process.h: runs the built programs as a user's shell would.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pellucid::test {

struct Outcome {
  int code = -1;  // exit code; 128 + n if signal n ended it
  std::string out, err;
};

// PELLUCID_BIN_DIR/program with arguments. `out_path`: a file or device to be its stdout instead
// (`out` then stays empty); "closed": no stdout at all.
Outcome run(const std::string& program, const std::vector<std::string>& arguments,
            const std::string& out_path = "");

// A program that is running.
class Running {
 public:
  Running(const std::string& program, const std::vector<std::string>& arguments,
          const std::string& out_path = "");
  ~Running();  // kills it
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void signal(int number) const;
  Outcome wait();

 private:
  std::string program_, out_, err_;
  int child_ = 0;
};

// A folder of this test run, removed at its end.
const std::filesystem::path& work_folder();

// Whether stderr ends with one line "error: …" that contains `part`, and is one line apart from
// those about the device.
bool is_error(const Outcome& outcome, int code, const std::string& part);

// The name of the device under test.
std::string device_name();

}  // namespace pellucid::test
