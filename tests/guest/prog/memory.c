// SPDX-License-Identifier: GPL-2.0-only
/* Memory: copy-on-write, shared and private mappings, protection, growth, floating point over fork.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int private_data = 1;

static unsigned sum(const volatile unsigned char *p, size_t n)
{
	unsigned s = 0;
	for (size_t i = 0; i < n; i++)
		s = s * 31 + p[i];
	return s;
}

static sigjmp_buf fault;
static void on_fault(int sig) { siglongjmp(fault, sig); }

/* A byte, or the signal that reading it gave. */
static int peek(const volatile char *p)
{
	int sig = sigsetjmp(fault, 1);
	return sig ? -sig : *p;
}

static int temp_file(const char *name, size_t size)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	unlink(name);
	if (fd < 0 || ftruncate(fd, (off_t)size))
		exit(1);
	return fd;
}

/* What a mapping shows when its file changes, shrinks and grows. */
static void changing_file(void)
{
	int fd = temp_file("/tmp/memory.grow", 4 * 4096);
	char *s = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *p = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	signal(SIGBUS, on_fault);
	memset(s, 's', 4 * 4096);
	p[2 * 4096] = 'p';
	if (pwrite(fd, "w", 1, 4096) != 1 || pwrite(fd, "w", 1, 2 * 4096) != 1)
		exit(1);
	printf("private page sees the file: %c, a written one: %c\n", p[4096], p[2 * 4096]);
	if (ftruncate(fd, 4096))
		exit(1);
	printf("cut off: shared %d, private %d and %d\n", peek(s + 4096), peek(p + 4096),
	       peek(p + 3 * 4096));
	if (ftruncate(fd, 4 * 4096))
		exit(1);
	printf("grown again: shared %d, private %d\n", peek(s + 4096), peek(p + 4096));
	s[3 * 4096] = 'n';
	printf("and written: %c\n", peek(p + 3 * 4096));
	munmap(s, 4 * 4096);
	munmap(p, 4 * 4096);
	close(fd);
}

/* MADV_DONTNEED, and mremap of pages that are in a fork, too. */
static void forget_and_move(void)
{
	int fd = temp_file("/tmp/memory.move", 8 * 4096);
	char *p, *s, *m;
	if (pwrite(fd, "f", 1, 3 * 4096) != 1)
		exit(1);
	p = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	s = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	p[3 * 4096] = 'P';
	p[4 * 4096] = 'Q';
	s[0] = 'S';
	madvise(p + 3 * 4096, 4096, MADV_DONTNEED);
	madvise(s, 2 * 4096, MADV_DONTNEED);
	printf("forgotten: private %c, its neighbour %c, shared %c\n", p[3 * 4096], p[4 * 4096],
	       s[0]);
	if (fork() == 0) {
		m = mremap(p + 2 * 4096, 3 * 4096, 20 * 4096, MREMAP_MAYMOVE);
		printf("moved: %c %c, beyond the file %d", m[4096], m[2 * 4096],
		       peek(m + 12 * 4096));
		m[4096] = m[2 * 4096] = s[4096] = 'C';
		printf(", where it was %d\n", mincore(p + 2 * 4096, 4096, (unsigned char *)m));
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
	printf("the parent's: %c %c, shared %c\n", p[3 * 4096], p[4 * 4096], s[4096]);
	munmap(p, 8 * 4096);
	munmap(s, 2 * 4096);
	close(fd);
}

/* More pages of zeroes than 16 bits count. */
static void many_zeroes(void)
{
	size_t n = 70000;
	int sum = 0;
	char *z = mmap(NULL, n * 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (z == MAP_FAILED)
		exit(1);
	for (size_t i = 0; i < n; i++)
		sum += z[i * 4096];
	z[69999 * 4096u] = 1;
	printf("zeroes: %d, then %d\n", sum, z[69999 * 4096u]);
	munmap(z, n * 4096);
}

int main(void)
{
	int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned char *big = malloc(3 << 20);
	for (size_t i = 0; i < 3 << 20; i++)
		big[i] = (unsigned char)(i * 7);
	unsigned before = sum(big, 3 << 20);
	double d = 1.0 / 3;
	if (fork() == 0) {
		private_data = 2;
		memset(big, 9, 3 << 20);
		double e = 0;
		for (int i = 0; i < 1000; i++)
			e += 0.1;
		*shared = 42 + (e > 99 && e < 101);
		_exit(0);
	}
	for (int i = 0; i < 1000; i++)
		d *= 1.0001;
	wait(NULL);
	printf("private %d shared %d heap %s double %.6f\n", private_data, *shared,
	       sum(big, 3 << 20) == before ? "kept" : "LOST", d);
	free(big);

	int fd = open("/tmp/memory.test", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, "0123456789", 10) != 10 || ftruncate(fd, 8192))
		return 1;
	char *s = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	s[1] = 'S';
	p[2] = 'P';
	s[5000] = 'E';
	char buf[11] = "", e = 0;
	if (pread(fd, buf, 10, 0) != 10 || pread(fd, &e, 1, 5000) != 1)
		return 1;
	printf("file %s %c, private %.10s\n", buf, e, p);
	if (pwrite(fd, "W", 1, 3) != 1)
		return 1;
	printf("after write: shared %c\n", s[3]);
	munmap(s, 8192);
	munmap(p, 8192);
	close(fd);
	unlink("/tmp/memory.test");

	char *m = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(m, 'a', 16 * 4096);
	munmap(m + 4 * 4096, 4096);
	printf("hole: %d\n", mincore(m + 4 * 4096, 4096, (unsigned char *)buf) == -1 ? errno : 0);
	mprotect(m, 4096, PROT_NONE);
	printf("write from PROT_NONE: %s\n", write(1, m, 1) < 0 ? strerror(errno) : "wrote");
	mprotect(m, 4096, PROT_READ);
	printf("back: %c\n", m[0]);
	char *g = mremap(m + 8 * 4096, 8 * 4096, 64 * 4096, MREMAP_MAYMOVE);
	printf("mremap: %c %d\n", g[8 * 4096 - 1], g[64 * 4096 - 1]);
	void *brk0 = sbrk(0);
	char *b = sbrk(100000);
	printf("sbrk: %s %d\n", (void *)b == brk0 ? "at the break" : "elsewhere", b[99999]);
	printf("too much: %s\n",
	       mmap(NULL, 0xf0000000u, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
		       ? strerror(errno)
		       : "mapped");
	fflush(stdout);
	changing_file();
	forget_and_move();
	many_zeroes();
	return 0;
}
