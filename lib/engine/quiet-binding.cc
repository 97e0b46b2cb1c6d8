// The addon that tfjs-node-gpu loads as its binding: it loads the real one, tfjs_binding_tensorflow.node beside it, and hands over.
//
// Why it exists: TensorFlow logs two lines to stderr from a static initialiser ("All log messages before absl::InitializeLog() ...",
// "oneDNN custom operations are on ..."), before it reads TF_CPP_MIN_LOG_LEVEL. Here that variable is obeyed from the beginning:
// while the libraries are loaded, stderr goes to a file in memory, and afterwards every line but those below the asked level is
// written to the real stderr. A crash during the load (TensorFlow aborts on a processor without AVX) still says why.
#include <dlfcn.h>
#include <limits.h>
#include <node_api.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

namespace {

int real_stderr = -1;
int captured = -1;

const int kCrashes[] = {SIGABRT, SIGILL, SIGSEGV, SIGBUS, SIGFPE};
struct sigaction previous[sizeof(kCrashes) / sizeof(kCrashes[0])];

// Only calls that are allowed in a signal handler.
void WriteAll(int to, const char *text, size_t length) {
  while (length > 0) {
    const ssize_t written = write(to, text, length);
    if (written <= 0) return;
    text += written;
    length -= static_cast<size_t>(written);
  }
}

void OnCrash(int signal) {
  char chunk[4096];
  off_t at = 0;
  for (ssize_t n; (n = pread(captured, chunk, sizeof chunk, at)) > 0; at += n)
    WriteAll(real_stderr, chunk, static_cast<size_t>(n));
  // SA_RESETHAND: this time the default action ends the process, with its core dump where that is on.
  raise(signal);
}

// 0 is all, 1 drops INFO, 2 WARNING too, 3 ERROR too.
int LeastLevel() {
  const char *given = getenv("TF_CPP_MIN_LOG_LEVEL");
  return given == nullptr ? 0 : atoi(given);
}

// Lines look like "I0000 00:00:1795407040.887263    8877 port.cc:153] ..."; what is no such line is kept.
bool IsBelow(const std::string &line, int least) {
  if (line.rfind("WARNING: All log messages before absl::InitializeLog()", 0) == 0) return true;
  const size_t level = std::string("IWE").find(line.empty() ? '?' : line[0]);
  if (level == std::string::npos || static_cast<int>(level) >= least) return false;
  return line.size() > 5 && line.find_first_not_of("0123456789", 1) == 5 && line[5] == ' ';
}

void StartCapture() {
  captured = memfd_create("blockwise-stderr", MFD_CLOEXEC);
  if (captured < 0) return;
  real_stderr = dup(STDERR_FILENO);
  if (real_stderr < 0 || dup2(captured, STDERR_FILENO) < 0) {
    close(captured);
    if (real_stderr >= 0) close(real_stderr);
    captured = -1;
    return;
  }
  struct sigaction action = {};
  action.sa_handler = OnCrash;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  int i = 0;
  for (int signal : kCrashes) sigaction(signal, &action, &previous[i++]);
}

void EndCapture(int least) {
  if (captured < 0) return;
  int i = 0;
  for (int signal : kCrashes) sigaction(signal, &previous[i++], nullptr);
  dup2(real_stderr, STDERR_FILENO);
  close(real_stderr);
  std::string text;
  char chunk[4096];
  off_t at = 0;
  for (ssize_t n; (n = pread(captured, chunk, sizeof chunk, at)) > 0; at += n) text.append(chunk, static_cast<size_t>(n));
  close(captured);
  captured = -1;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = text.find('\n', begin);
    end = end == std::string::npos ? text.size() : end + 1;
    const std::string line = text.substr(begin, end - begin);
    if (!IsBelow(line, least)) WriteAll(STDERR_FILENO, line.data(), line.size());
    begin = end;
  }
}

// The folder of this very file, whichever link it was opened through; with a slash.
std::string Folder() {
  Dl_info self;
  char path[PATH_MAX];
  if (dladdr(reinterpret_cast<void *>(&Folder), &self) == 0 || realpath(self.dli_fname, path) == nullptr) return "";
  const std::string file(path);
  return file.substr(0, file.rfind('/') + 1);
}

}  // namespace

NAPI_MODULE_INIT() {
  const int least = LeastLevel();
  if (least > 0) StartCapture();
  void *const library = dlopen((Folder() + "tfjs_binding_tensorflow.node").c_str(), RTLD_LAZY | RTLD_LOCAL);
  const std::string reason = library == nullptr ? dlerror() : "";
  if (least > 0) EndCapture(least);
  if (library == nullptr) {
    napi_throw_error(env, nullptr, reason.c_str());
    return nullptr;
  }
  const auto start = reinterpret_cast<napi_addon_register_func>(dlsym(library, "napi_register_module_v1"));
  if (start == nullptr) {
    napi_throw_error(env, nullptr, "tfjs_binding_tensorflow.node has no napi_register_module_v1");
    return nullptr;
  }
  return start(env, exports);
}
