/* SPDX-License-Identifier: GPL-2.0-only */
/* linuxlike's pipes and fifos, and poll and select on them. */
#include <stdio.h>
#include "host-lx/shim.h"
#include "signal.h"

static uint32_t rd, wr;

static int setup(void **state)
{
	uptr_t fds;

	(void)state;
	shim_init(NULL, 0);
	fds = shim_buf(8);
	assert_int_equal(CALL(sys_pipe, fds), 0);
	rd = ((uint32_t *)shim_at(fds))[0];
	wr = ((uint32_t *)shim_at(fds))[1];
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	shim_done();
	return 0;
}

static void nonblock(void)
{
	CALL(sys_fcntl64, rd, F_SETFL, O_NONBLOCK);
	CALL(sys_fcntl64, wr, F_SETFL, O_NONBLOCK);
}

static void test_bytes(void **state)
{
	uptr_t b = shim_buf(16);

	(void)state;
	assert_int_equal(CALL(sys_write, wr, S("hello"), 5), 5);
	assert_int_equal(CALL(sys_ioctl, rd, FIONREAD, b), 0);
	assert_int_equal(*(uint32_t *)shim_at(b), 5);
	assert_int_equal(CALL(sys_read, rd, b, 2), 2);
	assert_int_equal(CALL(sys_read, rd, b + 2, 14), 3);
	assert_memory_equal(shim_at(b), "hello", 5);
	assert_int_equal(CALL(sys_read, wr, b, 1), -EBADF);
	assert_int_equal(CALL(sys_write, rd, b, 1), -EBADF);
	assert_int_equal(CALL(sys_lseek, rd, 0, SEEK_SET), -ESPIPE);
	assert_int_equal(CALL(sys_pread64, rd, b, 1, 0, 0), -ESPIPE);
	assert_int_equal(CALL(sys_read, rd, 4, 0), 0);
	assert_int_equal(CALL(sys_write, wr, S("x"), 1), 1);
	assert_int_equal(CALL(sys_read, rd, 4, 1), -EFAULT);
	assert_int_equal(CALL(sys_read, rd, b, 1), 1); /* it was not lost */
	assert_int_equal(CALL(sys_pipe, 4), -EFAULT);
	assert_int_equal(CALL(sys_dup, rd), 2); /* and left no descriptor behind */
}

static void test_ends(void **state)
{
	uptr_t b = shim_buf(4);

	(void)state;
	assert_int_equal(CALL(sys_read, rd, b, 1), -ERESTARTSYS); /* the shim interrupts sleeps */
	CALL(sys_write, wr, b, 3);
	CALL(sys_close, wr);
	assert_int_equal(CALL(sys_read, rd, b, 4), 3);
	assert_int_equal(CALL(sys_read, rd, b, 4), 0);
	assert_int_equal(CALL(sys_read, rd, b, 4), 0);
}

static void test_broken(void **state)
{
	(void)state;
	CALL(sys_close, rd);
	assert_int_equal(CALL(sys_write, wr, S("x"), 1), -EPIPE);
	assert_int_equal(shim_last_signal, SIGPIPE);
}

static void test_atomic(void **state)
{
	uptr_t b = shim_buf(70000);

	(void)state;
	nonblock();
	assert_int_equal(CALL(sys_read, rd, b, 1), -EAGAIN);
	assert_int_equal(CALL(sys_write, wr, b, 70000), 65536); /* more than PIPE_BUF: in part */
	assert_int_equal(CALL(sys_write, wr, b, 1), -EAGAIN);
	assert_int_equal(CALL(sys_read, rd, b, 4095), 4095);
	assert_int_equal(CALL(sys_write, wr, b, PIPE_BUF), -EAGAIN); /* up to it: all or nothing */
	assert_int_equal(CALL(sys_read, rd, b, 1), 1);
	assert_int_equal(CALL(sys_write, wr, b, PIPE_BUF), PIPE_BUF);
	assert_int_equal(CALL(sys_fcntl64, wr, F_GETPIPE_SZ), 65536);
}

static bool drain(uint64_t deadline)
{
	uptr_t b = shim_buf(1000);

	(void)deadline;
	return CALL(sys_read, rd, b, 1000) > 0;
}

static void test_writer_sleeps(void **state)
{
	uptr_t b = shim_buf(100000);

	(void)state;
	shim_sleep = drain;
	assert_int_equal(CALL(sys_write, wr, b, 100000), 100000);
	while (drain(0) && shim_pages > 1)
		;
}

/* Reads and writes of any size against two counters: not a byte is lost, doubled or moved. */
static void test_stream(void **state)
{
	uint32_t in = 0, out = 0;
	uptr_t b = shim_buf(9000);

	(void)state;
	nonblock();
	for (int i = 0; i < 20000; i++) {
		uint8_t *p = shim_at(b);
		uint32_t n = shim_random() % (i % 3 ? 9000 : 100);
		int32_t k;

		if (shim_random() % 2) {
			for (uint32_t j = 0; j < n; j++)
				p[j] = (uint8_t)((in + j) * 2654435761u >> 24);
			k = CALL(sys_write, wr, b, n);
			assert_true(k == -EAGAIN || (k > 0 && (uint32_t)k <= n) || (!n && !k));
			in += k > 0 ? (uint32_t)k : 0;
		} else {
			k = CALL(sys_read, rd, b, n);
			for (int32_t j = 0; j < k; j++)
				assert_int_equal(
					p[j], (uint8_t)((out + (uint32_t)j) * 2654435761u >> 24));
			out += k > 0 ? (uint32_t)k : 0;
		}
		assert_true(in - out <= 65536);
		assert_true(shim_pages <= 16);
	}
	assert_true(out > 1000000);
}

static uint16_t poll_one(uint32_t fd, uint16_t events)
{
	uptr_t b = shim_buf(8);
	struct pollfd_abi *p = shim_at(b);

	*p = (struct pollfd_abi){ (int32_t)fd, (int16_t)events, -1 };
	assert_true(CALL(sys_poll, b, 1, 0) >= 0);
	return (uint16_t)p->revents;
}

static void test_poll(void **state)
{
	uptr_t b = shim_buf(65536);

	(void)state;
	assert_int_equal(poll_one(rd, POLLIN), 0);
	assert_int_equal(poll_one(wr, POLLOUT), POLLOUT);
	assert_int_equal(poll_one(99, POLLIN), POLLNVAL);
	assert_int_equal(poll_one((uint32_t)-1, POLLIN), 0);
	CALL(sys_write, wr, b, 65536);
	assert_int_equal(poll_one(rd, POLLIN), POLLIN);
	assert_int_equal(poll_one(wr, POLLOUT), 0);
	CALL(sys_close, wr);
	assert_int_equal(poll_one(rd, POLLIN), POLLIN | POLLHUP);
	while (CALL(sys_read, rd, b, 65536) > 0)
		;
	assert_int_equal(poll_one(rd, POLLIN), POLLHUP);
	assert_int_equal(CALL(sys_poll, 4, 1, 0), -EFAULT);
	assert_int_equal(CALL(sys_poll, b, 5000, 0), -EINVAL);
}

static void test_poll_broken(void **state)
{
	(void)state;
	CALL(sys_close, rd);
	assert_int_equal(poll_one(wr, POLLOUT), POLLOUT | POLLERR);
}

static bool pass_time(uint64_t deadline)
{
	shim_now = deadline;
	return true;
}

static bool feed(uint64_t deadline)
{
	(void)deadline;
	return CALL(sys_write, wr, S("x"), 1) == 1;
}

static void test_select(void **state)
{
	uptr_t in = shim_buf(128), tv = shim_buf(8);
	uint32_t *set = shim_at(in);
	struct timeval32_abi *t = shim_at(tv);
	uint64_t start = shim_now;

	(void)state;
	set[0] = 1u << rd;
	*t = (struct timeval32_abi){ 2, 500000 };
	shim_sleep = pass_time;
	assert_int_equal(CALL(sys_newselect, rd + 1, in, 0, 0, tv), 0);
	assert_int_equal(shim_now - start, 2500000000ull);
	assert_int_equal(set[0], 0);
	set[0] = 1u << rd;
	*t = (struct timeval32_abi){ 2, 0 };
	shim_sleep = feed;
	assert_int_equal(CALL(sys_newselect, rd + 1, in, 0, 0, tv), 1);
	assert_int_equal(set[0], 1u << rd);
	assert_int_equal(t->sec, 2); /* what is left */
	set[0] = 1u << wr;
	assert_int_equal(CALL(sys_newselect, 32, 0, in, 0, 0), 1);
	set[0] = 1u << 20;
	assert_int_equal(CALL(sys_newselect, 32, in, 0, 0, 0), -EBADF);
	assert_int_equal(CALL(sys_newselect, (uint32_t)-1, in, 0, 0, 0), -EINVAL);
	set[0] = 1u << wr;
	shim_sleep = NULL;
	CALL(sys_read, rd, in, 1);
	set[0] = 1u << rd;
	assert_int_equal(CALL(sys_newselect, 32, in, 0, 0, 0), -ERESTARTNOHAND);
}

static bool open_writer(uint64_t deadline)
{
	(void)deadline;
	return CALL(sys_open, S("/f"), O_WRONLY | O_NONBLOCK, 0) >= 0;
}

static void test_fifo(void **state)
{
	uptr_t b = shim_buf(4);
	int32_t fd;

	(void)state;
	assert_int_equal(CALL(sys_mknod, S("/f"), S_IFIFO | 0644, 0), 0);
	assert_int_equal(CALL(sys_open, S("/f"), O_WRONLY | O_NONBLOCK, 0), -ENXIO);
	assert_int_equal(CALL(sys_open, S("/f"), O_RDONLY, 0), -ERESTARTSYS);
	shim_sleep = open_writer;
	fd = CALL(sys_open, S("/f"), O_RDONLY,
		  0); /* sleeps until the writer (fd - 1 or so) comes */
	assert_true(fd >= 0);
	shim_sleep = NULL;
	assert_int_equal(poll_one((uint32_t)fd, POLLIN), 0);
	assert_int_equal(CALL(sys_write, 2, S("ab"), 2), 2);
	CALL(sys_close, 2);
	assert_int_equal(poll_one((uint32_t)fd, POLLIN), POLLIN | POLLHUP);
	assert_int_equal(CALL(sys_read, (uint32_t)fd, b, 4), 2);
	assert_int_equal(CALL(sys_read, (uint32_t)fd, b, 4), 0);
	CALL(sys_close, (uint32_t)fd);
	fd = CALL(sys_open, S("/f"), O_RDONLY | O_NONBLOCK, 0);
	assert_int_equal(poll_one((uint32_t)fd, POLLIN), 0); /* no one wrote yet: no hang-up */
	assert_int_equal(CALL(sys_read, (uint32_t)fd, b, 4), 0);
}

static void test_vectors(void **state)
{
	uptr_t v = shim_buf(40), a = S("abc"), c = S("de"), b = shim_buf(8);
	struct iovec_abi *iov = shim_at(v);

	(void)state;
	iov[0] = (struct iovec_abi){ a, 3 };
	iov[1] = (struct iovec_abi){ 4, 0 };
	iov[2] = (struct iovec_abi){ c, 2 };
	assert_int_equal(CALL(sys_writev, wr, v, 3), 5);
	iov[0] = (struct iovec_abi){ b, 4 };
	iov[1] = (struct iovec_abi){ b + 4, 4 };
	assert_int_equal(CALL(sys_readv, rd, v, 2), 5);
	assert_memory_equal(shim_at(b), "abcde", 5);
	iov[0].len = 0x80000000u;
	assert_int_equal(CALL(sys_readv, rd, v, 2), -EINVAL);
	assert_int_equal(CALL(sys_readv, rd, v, 1025), -EINVAL);
	assert_int_equal(CALL(sys_readv, rd, 4, 1), -EFAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_bytes),	       T(test_ends),   T(test_broken),	T(test_atomic),
		T(test_writer_sleeps), T(test_stream), T(test_poll),	T(test_poll_broken),
		T(test_select),	       T(test_fifo),   T(test_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
