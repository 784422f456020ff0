/* cc -shared -fPIC -o counter.so examples/plugins/counter.c */
#include <stdlib.h>

int *counter_new(void) { return calloc(1, sizeof(int)); }
int counter_next(int *counter) { return ++*counter; }
void counter_free(int *counter) { free(counter); }
