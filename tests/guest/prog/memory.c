// SPDX-License-Identifier: GPL-2.0-only
/* Memory: copy-on-write, shared and private mappings, protection, growth, floating point over fork.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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
	return 0;
}
