// SPDX-License-Identifier: GPL-2.0-only
/* Threads as glibc uses them: clone, futex, TLS, robust exit, condition variables. */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS 8
#define ROUNDS 500

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static _Thread_local int mine;
static long shared;
static int turn;
static sem_t sem;

static void *count(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&lock);
		shared++;
		mine++;
		pthread_mutex_unlock(&lock);
	}
	sem_post(&sem);
	return (void *)((long)arg * 1000 + mine);
}

static void *take_turns(void *arg)
{
	int id = (int)(long)arg;
	for (int i = 0; i < 50; i++) {
		pthread_mutex_lock(&lock);
		while (turn != id)
			pthread_cond_wait(&cond, &lock);
		turn = (turn + 1) % 3;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS];
	sem_init(&sem, 0, 0);
	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, count, (void *)i)) {
			perror("pthread_create");
			return 1;
		}
	for (int i = 0; i < THREADS; i++)
		sem_wait(&sem);
	for (int i = 0; i < THREADS; i++) {
		void *r;
		pthread_join(t[i], &r);
		printf("thread %d: %ld\n", i, (long)r);
	}
	printf("shared %ld, main's own %d\n", shared, mine);

	for (long i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, take_turns, (void *)i);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	printf("turns ended at %d\n", turn);
	return 0;
}
