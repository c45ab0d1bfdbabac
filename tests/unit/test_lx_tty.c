/* SPDX-License-Identifier: GPL-2.0-only */
/* linuxlike's terminal: line editing, signals, raw mode, job control, and no room for output. */
#include <stdio.h>
#include "host-lx/shim.h"
#include "signal.h"

static uint32_t fd;
static uptr_t buf;

static int setup(void **state)
{
	(void)state;
	shim_init(NULL, 0);
	CALL(sys_mkdir, S("/dev"), 0755);
	assert_int_equal(CALL(sys_mknod, S("/dev/hvc0"), S_IFCHR | 0600, 229 << 8), 0);
	assert_int_equal(CALL(sys_mknod, S("/dev/tty"), S_IFCHR | 0666, 5 << 8), 0);
	assert_int_equal(CALL(sys_open, S("/dev/tty"), O_RDWR, 0), -ENXIO);
	fd = (uint32_t)CALL(sys_open, S("/dev/hvc0"), O_RDWR, 0);
	buf = shim_buf(4096);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	shim_done();
	return 0;
}

static const char *read_(uint32_t n)
{
	static char out[4200];
	int32_t got = CALL(sys_read, fd, buf, n);

	if (got < 0)
		return "";
	memcpy(out, shim_at(buf), (size_t)got);
	out[got] = 0;
	return out;
}

static void type(const char *s)
{
	shim_type(s);
	tty_event();
}

static const char *shown(void)
{
	static char out[16384];

	memcpy(out, shim_out, shim_out_len + 1);
	shim_out_len = 0;
	shim_out[0] = 0;
	return out;
}

static struct termios_abi get(void)
{
	assert_int_equal(CALL(sys_ioctl, fd, TCGETS, buf), 0);
	return *(struct termios_abi *)shim_at(buf);
}

static void set(const struct termios_abi *t)
{
	memcpy(shim_at(buf), t, sizeof(*t));
	assert_int_equal(CALL(sys_ioctl, fd, TCSETS, buf), 0);
}

static void raw(uint8_t min, uint8_t time)
{
	struct termios_abi t = get();

	t.lflag &= ~(ICANON | ECHO | ISIG);
	t.cc[VMIN] = min;
	t.cc[VTIME] = time;
	set(&t);
}

static void test_lines(void **state)
{
	(void)state;
	assert_int_equal(CALL(sys_read, fd, buf, 10), -ERESTARTSYS);
	type("hel");
	assert_int_equal(CALL(sys_read, fd, buf, 10), -ERESTARTSYS);
	type("lo\rnext\n");
	assert_string_equal(shown(), "hello\r\nnext\r\n");
	assert_string_equal(read_(3), "hel"); /* a line may be read in pieces */
	assert_string_equal(read_(100), "lo\n");
	assert_string_equal(read_(100), "next\n");
	CALL(sys_fcntl64, fd, F_SETFL, O_NONBLOCK);
	assert_int_equal(CALL(sys_read, fd, buf, 10), -EAGAIN);
}

static void test_end_of_file(void **state)
{
	(void)state;
	type("abc\004");
	assert_string_equal(read_(100), "abc");
	type("\004");
	assert_int_equal(CALL(sys_read, fd, buf, 10), 0);
	assert_int_equal(CALL(sys_read, fd, buf, 10), -ERESTARTSYS);
}

static void test_editing(void **state)
{
	(void)state;
	type("abx\177c\r");
	assert_string_equal(shown(), "abx\b \bc\r\n");
	assert_string_equal(read_(100), "abc\n");
	type("one two\027\177 three\r"); /* ^W takes the word, not the blank before it */
	assert_string_equal(read_(100), "one three\n");
	shown();
	type("ab\001\177\177\025x\r"); /* ^A shows as two columns, and is erased as two */
	assert_string_equal(shown(), "ab^A\b \b\b \b\b \b\b \bx\r\n");
	assert_string_equal(read_(100), "x\n");
	type("\177\177ok\r");
	assert_string_equal(read_(100), "ok\n");
	type("\026\003\r"); /* ^V: the next one means itself */
	assert_string_equal(read_(100), "\003\n");
	assert_int_equal(shim_last_signal, 0);
}

static void test_tab_erase(void **state)
{
	(void)state;
	CALL(sys_write, fd, S("$ "), 2);
	type("a\t\177");
	assert_string_equal(shown(), "$ a\t\b\b\b\b\b"); /* from column 3 to 8 and back */
}

static void test_utf8_erase(void **state)
{
	struct termios_abi t = get();

	(void)state;
	t.iflag |= IUTF8;
	set(&t);
	type("a\303\244\177\r"); /* one erase, both bytes */
	assert_string_equal(read_(100), "a\n");
}

static void test_signals(void **state)
{
	(void)state;
	assert_int_equal(CALL(sys_ioctl, fd, TIOCGPGRP, buf), 0);
	shim_pgid = 1;
	type("lost\003");
	assert_int_equal(shim_last_signal, SIGINT);
	assert_int_equal(shim_last_pgrp, 1);
	assert_string_equal(shown(), "lost^C");
	type("\r");
	assert_string_equal(read_(100), "\n"); /* what was typed before ^C is gone */
	type("\032");
	assert_int_equal(shim_last_signal, SIGTSTP);
	type("\034");
	assert_int_equal(shim_last_signal, SIGQUIT);
}

static void test_output(void **state)
{
	(void)state;
	assert_int_equal(CALL(sys_write, fd, S("a\nb\tc\r\n"), 7), 7);
	assert_string_equal(shown(), "a\r\nb\tc\r\r\n");
	struct termios_abi t = get();
	t.oflag |= XTABS;
	set(&t);
	CALL(sys_write, fd, S("ab\tc\td\n"), 7);
	assert_string_equal(shown(), "ab      c       d\r\n");
	t.oflag = 0;
	set(&t);
	CALL(sys_write, fd, S("a\nb\t"), 4);
	assert_string_equal(shown(), "a\nb\t");
}

static bool make_room(uint64_t deadline)
{
	(void)deadline;
	shim_out_room += 10;
	return true;
}

/* A reader that is slow loses nothing: the writer sleeps. */
static void test_no_room(void **state)
{
	char text[1001], want[2001];

	(void)state;
	for (int i = 0; i < 1000; i++)
		text[i] = (char)(i % 10 == 9 ? '\n' : 'a' + i % 26);
	text[1000] = 0;
	shim_out_room = 100000;
	CALL(sys_write, fd, S(text), 1000);
	strcpy(want, shown());
	shim_out_room = 5;
	shim_sleep = make_room;
	assert_int_equal(CALL(sys_write, fd, S(text), 1000), 1000);
	assert_string_equal(shown(), want);
	shim_out_room = 0;
	CALL(sys_fcntl64, fd, F_SETFL, O_NONBLOCK);
	assert_int_equal(CALL(sys_write, fd, S("x"), 1), -EAGAIN);
	type("echoed later");
	assert_string_equal(shown(), "");
	shim_out_room = 100;
	tty_event();
	assert_string_equal(shown(), "echoed later");
}

static void test_flow(void **state)
{
	(void)state;
	type("\023");
	CALL(sys_fcntl64, fd, F_SETFL, O_NONBLOCK);
	assert_int_equal(CALL(sys_write, fd, S("x"), 1), -EAGAIN);
	type("\021");
	assert_int_equal(CALL(sys_write, fd, S("x"), 1), 1);
	assert_string_equal(shown(), "x");
	assert_int_equal(CALL(sys_ioctl, fd, TCXONC, 0), 0);
	assert_int_equal(CALL(sys_write, fd, S("x"), 1), -EAGAIN);
	assert_int_equal(CALL(sys_ioctl, fd, TCXONC, 1), 0);
	assert_int_equal(CALL(sys_ioctl, fd, TCXONC, 9), -EINVAL);
}

static bool pass_time(uint64_t deadline)
{
	shim_now = deadline;
	return deadline != NO_DEADLINE;
}

static bool type_one(uint64_t deadline)
{
	(void)deadline;
	type("z");
	return true;
}

static void test_raw(void **state)
{
	uint64_t start;

	(void)state;
	raw(1, 0);
	type("a\003\r");
	assert_int_equal(shim_last_signal, 0);
	assert_string_equal(read_(1), "a");
	assert_string_equal(read_(10), "\003\n");
	raw(3, 0);
	shim_sleep = type_one;
	assert_string_equal(read_(10), "zzz");
	assert_string_equal(read_(2), "zz"); /* no more than asked for */
	raw(0, 0);
	shim_sleep = NULL;
	assert_int_equal(CALL(sys_read, fd, buf, 10), 0);
	raw(0, 5);
	shim_sleep = pass_time;
	start = shim_now;
	assert_int_equal(CALL(sys_read, fd, buf, 10), 0);
	assert_int_equal(shim_now - start, 500000000);
	raw(10, 2);
	type("ab");
	start = shim_now;
	assert_string_equal(read_(10), "ab"); /* the gap after the last byte ends it */
	assert_int_equal(shim_now - start, 200000000);
}

/* Typed ahead for a program that changes the mode: as on Linux, nothing is lost. */
static void test_mode_change(void **state)
{
	struct termios_abi t = get();

	(void)state;
	type("one\ntwo\nthr");
	raw(1, 0);
	assert_string_equal(read_(2), "on");
	set(&t);
	assert_string_equal(read_(100), "e\ntwo\nthr");
	type("ee\n");
	assert_string_equal(read_(100), "ee\n");
}

static void test_long_input(void **state)
{
	char line[5001];

	(void)state;
	memset(line, 'x', 5000);
	line[5000] = 0;
	/* a line longer than the buffer is cut, but its end gets through */
	type(line);
	type("\n");
	assert_int_equal(CALL(sys_read, fd, buf, 4096), 4096);
	assert_int_equal(((char *)shim_at(buf))[4095], '\n');
	/* many lines: those that do not fit wait in the driver */
	for (int i = 0; i < 100; i++) {
		char l[101];

		snprintf(l, sizeof(l), "%099d\n", i);
		shim_type(l);
	}
	tty_event();
	for (int i = 0; i < 100; i++) {
		char l[101];

		snprintf(l, sizeof(l), "%099d\n", i);
		assert_string_equal(read_(200), l);
	}
}

static void test_ioctls(void **state)
{
	struct winsize_abi *ws = shim_at(buf);
	struct termios_abi t;

	(void)state;
	*ws = (struct winsize_abi){ 24, 80, 0, 0 };
	assert_int_equal(CALL(sys_ioctl, fd, TIOCSWINSZ, buf), 0);
	assert_int_equal(shim_last_signal, SIGWINCH);
	ws->row = 0;
	assert_int_equal(CALL(sys_ioctl, fd, TIOCGWINSZ, buf), 0);
	assert_int_equal(ws->row, 24);
	type("ab\ncd");
	assert_int_equal(CALL(sys_ioctl, fd, FIONREAD, buf), 0);
	assert_int_equal(*(uint32_t *)shim_at(buf), 3);
	assert_int_equal(CALL(sys_ioctl, fd, TCFLSH, 0), 0);
	assert_int_equal(CALL(sys_ioctl, fd, FIONREAD, buf), 0);
	assert_int_equal(*(uint32_t *)shim_at(buf), 0);
	assert_int_equal(CALL(sys_ioctl, fd, TCGETS, 4), -EFAULT);
	assert_int_equal(CALL(sys_ioctl, fd, TCSETS, 4), -EFAULT);
	assert_int_equal(CALL(sys_ioctl, fd, 0x1234, buf), -ENOTTY);
	t = get();
	type("gone\n");
	t.lflag &= ~ECHO;
	memcpy(shim_at(buf), &t, sizeof(t));
	assert_int_equal(CALL(sys_ioctl, fd, TCSETSF, buf), 0);
	CALL(sys_fcntl64, fd, F_SETFL, O_NONBLOCK);
	assert_int_equal(CALL(sys_read, fd, buf, 10), -EAGAIN);
}

static void test_job_control(void **state)
{
	int32_t tty = CALL(sys_open, S("/dev/tty"), O_RDWR, 0);

	(void)state;
	assert_true(tty >= 0); /* the leader's first open made it the controlling terminal */
	assert_int_equal(CALL(sys_ioctl, fd, TIOCGSID, buf), 0);
	assert_int_equal(*(pid_t *)shim_at(buf), 1);
	type("input\n");
	shim_pgid = 7; /* now in the background */
	assert_int_equal(CALL(sys_read, (uint32_t)tty, buf, 10), -ERESTARTSYS);
	assert_int_equal(shim_last_signal, SIGTTIN);
	assert_int_equal(shim_last_pgrp, 7);
	shim_blocked = true;
	assert_int_equal(CALL(sys_read, fd, buf, 10), -EIO);
	assert_int_equal(CALL(sys_write, fd, S("x"), 1), 1); /* TOSTOP is off */
	shim_blocked = false;
	shim_orphaned = true;
	assert_int_equal(CALL(sys_read, fd, buf, 10), -EIO);
	shim_orphaned = false;
	*(pid_t *)shim_at(buf) = 7;
	assert_int_equal(CALL(sys_ioctl, fd, TIOCSPGRP, buf), -ERESTARTSYS);
	assert_int_equal(shim_last_signal, SIGTTOU);
	shim_blocked = true; /* as a shell does that takes its terminal back */
	*(pid_t *)shim_at(buf) = 7;
	assert_int_equal(CALL(sys_ioctl, fd, TIOCSPGRP, buf), 0);
	*(pid_t *)shim_at(buf) = 99;
	assert_int_equal(CALL(sys_ioctl, fd, TIOCSPGRP, buf), -ESRCH);
	*(pid_t *)shim_at(buf) = -1;
	assert_int_equal(CALL(sys_ioctl, fd, TIOCSPGRP, buf), -EINVAL);
	assert_string_equal(read_(10), "input\n");
	tty_session_end(current);
	assert_int_equal(shim_last_signal, SIGCONT);
	assert_int_equal(CALL(sys_open, S("/dev/tty"), O_RDWR, 0), -ENXIO);
	assert_int_equal(CALL(sys_ioctl, fd, TIOCGPGRP, buf), -ENOTTY);
	assert_int_equal(CALL(sys_ioctl, fd, TIOCSCTTY, 0), 0);
}

/* Anything typed in any mode: the ring stays sound, and what is read was typed. */
static void test_random(void **state)
{
	(void)state;
	CALL(sys_fcntl64, fd, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 5000; i++) {
		struct termios_abi t = get();
		char s[40];
		uint32_t n = shim_random() % 39;

		for (uint32_t k = 0; k < n; k++)
			s[k] = (char)(1 + shim_random() % 255);
		s[n] = 0;
		shim_type(s);
		shim_out_room = shim_random() % 100;
		tty_event();
		if (i % 7 == 0) {
			t.lflag = shim_random();
			t.iflag = shim_random();
			t.oflag = shim_random();
			t.cc[VMIN] = (uint8_t)(shim_random() % 3);
			t.cc[VTIME] = 0;
			set(&t);
		}
		CALL(sys_read, fd, buf, shim_random() % 200);
		shown();
		assert_true(tty_count(tty_console()) <= TTY_RING);
		shim_type_reset();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_lines),	    T(test_end_of_file), T(test_editing),     T(test_tab_erase),
		T(test_utf8_erase), T(test_signals),	 T(test_output),      T(test_no_room),
		T(test_flow),	    T(test_raw),	 T(test_mode_change), T(test_long_input),
		T(test_ioctls),	    T(test_job_control), T(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
