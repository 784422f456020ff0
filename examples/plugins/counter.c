/* cc -shared -fPIC -o counter.so examples/plugins/counter.c */
#include <stdlib.h>

#ifdef THREAD_LOCAL
/* What a C++ compiler makes of a `thread_local` with a destructor, when a thread first uses it. */
extern int __cxa_thread_atexit_impl(void (*)(void *), void *, void *);
extern void *__dso_handle;
static void destroy(void *local) {}
#define USE_THREAD_LOCAL __cxa_thread_atexit_impl(destroy, NULL, &__dso_handle)
#else
#define USE_THREAD_LOCAL 0
#endif

int *counter_new(void) { return USE_THREAD_LOCAL ? NULL : calloc(1, sizeof(int)); }
int counter_next(int *counter) { return ++*counter; }
void counter_free(int *counter) { free(counter); }
