// Signals wait while TensorFlow computes. Some of its products leave a thread in a state in which no handler may run: one that does
// writes into memory that is another's, and the process ends later, or does not. Threads that TensorFlow starts take no signals at all;
// others of the process do.
//
// The binding is linked with --wrap for these two functions of TensorFlow's C interface.
#include <pthread.h>
#include <signal.h>

#include <initializer_list>

#include "tensorflow/c/eager/c_api.h"

namespace {

class SignalsWait {
 public:
  SignalsWait() {
    sigset_t waiting;
    sigfillset(&waiting);
    // The thread that makes an error gets these by itself, and cannot go on.
    for (int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&waiting, own);
    pthread_sigmask(SIG_BLOCK, &waiting, &before_);
  }
  ~SignalsWait() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

extern "C" {

void __real_TFE_Execute(TFE_Op* operation, TFE_TensorHandle** results, int* count, TF_Status* status);
void __wrap_TFE_Execute(TFE_Op* operation, TFE_TensorHandle** results, int* count, TF_Status* status) {
  const SignalsWait wait;
  __real_TFE_Execute(operation, results, count, status);
}

TFE_Context* __real_TFE_NewContext(const TFE_ContextOptions* options, TF_Status* status);
TFE_Context* __wrap_TFE_NewContext(const TFE_ContextOptions* options, TF_Status* status) {
  const SignalsWait wait;
  return __real_TFE_NewContext(options, status);
}

}  // extern "C"
