#include "park.h"

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

void octet_park(_Atomic uint32_t *word, uint32_t expected) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, 0, 0, 0);
}

void octet_unpark(_Atomic uint32_t *word, int count) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, 0, 0, 0); }

#else
#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void octet_park(_Atomic uint32_t *word, uint32_t expected) {
    pthread_mutex_lock(&mutex);
    if (atomic_load(word) == expected) pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
}

void octet_unpark(_Atomic uint32_t *word, int count) {
    (void)word;
    (void)count;
    pthread_mutex_lock(&mutex);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}
#endif
