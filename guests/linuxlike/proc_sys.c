/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc beyond the processes: memory, time, versions, file systems, mounts, sys/kernel. */
#include <stdio.h>
#include <tagma/start.h>
#include "arch_file.h"
#include "proc.h"
#include "task_struct.h"
#include "uts.h"

#define NS_PER_TICK (1000000000u / USER_HZ)

static uint32_t pages_kb(uint64_t pages) { return (uint32_t)(pages * (FS_PAGE / 1024)); }

/* Pages of files: every file lives in memory here. */
static uint64_t file_pages(void)
{
	uint64_t n = 0;

	list_for_each (l, &mounts) {
		const struct mount *m = list_entry(l, struct mount, link);

		if (m->root == m->super->root)
			n += m->super->nr_pages;
	}
	return n;
}

static void show_meminfo(struct seq *s, struct task *t)
{
	uint32_t cached = pages_kb(file_pages());

	(void)t;
	seq_printf(s, "MemTotal:       %8u kB\nMemFree:        %8u kB\nMemAvailable:   %8u kB\n",
		   pages_kb(page_count_total()), pages_kb(page_count_free()),
		   pages_kb(page_count_free()));
	seq_printf(s, "Buffers:        %8u kB\nCached:         %8u kB\nSwapCached:     %8u kB\n",
		   0u, cached, 0u);
	seq_printf(s, "SwapTotal:      %8u kB\nSwapFree:       %8u kB\nShmem:          %8u kB\n",
		   0u, 0u, cached);
	seq_printf(s, "SReclaimable:   %8u kB\n", 0u);
}

/* What was used by all processes that are, or were waited for. */
static void cpu_usage(uint64_t *user, uint64_t *system)
{
	*user = *system = 0;
	for (struct process *p = NULL; (p = process_next(p));) {
		struct usage u;

		process_usage(p, &u);
		*user += u.utime + p->children_usage.utime;
		*system += u.stime + p->children_usage.stime;
	}
}

static uint64_t idle_ns(void)
{
	uint64_t user, system, now = time_ns();

	cpu_usage(&user, &system);
	return user + system < now ? now - user - system : 0;
}

static void show_uptime(struct seq *s, struct task *t)
{
	uint32_t up = (uint32_t)(time_ns() / 10000000), idle = (uint32_t)(idle_ns() / 10000000);

	(void)t;
	seq_printf(s, "%u.%02u %u.%02u\n", up / 100, up % 100, idle / 100, idle % 100);
}

static uint32_t count_running(uint32_t *total)
{
	struct task *t = NULL;
	uint32_t running = 0;

	*total = 0;
	while ((t = task_next(t))) {
		(*total)++;
		running += task_state_char(t) == 'R';
	}
	return running;
}

static void show_stat(struct seq *s, struct task *t)
{
	uint64_t user, system;
	uint32_t total, running = count_running(&total);
	uint64_t real = time_real_ns(), up = time_ns(),
		 boot = real > up ? (real - up) / 1000000000 : 0;

	(void)t;
	cpu_usage(&user, &system);
	for (int i = 0; i < 2; i++)
		seq_printf(s, "%s %u 0 %u %u 0 0 0 0 0 0\n", i ? "cpu0" : "cpu ",
			   (uint32_t)(user / NS_PER_TICK), (uint32_t)(system / NS_PER_TICK),
			   (uint32_t)(idle_ns() / NS_PER_TICK));
	seq_printf(s, "intr 0\nctxt 0\nbtime %u\nprocesses %u\nprocs_running %u\nprocs_blocked 0\n",
		   (uint32_t)boot, total, running);
}

static void show_version(struct seq *s, struct task *t)
{
	(void)t;
	seq_printf(s, "%s version %s (tagma) %s\n", UTS_SYSNAME, UTS_RELEASE, UTS_VERSION);
}

static void show_cmdline(struct seq *s, struct task *t)
{
	(void)t;
	seq_write(s, guest_cmdline(), strlen(guest_cmdline()));
	seq_printf(s, "\n");
}

static void show_cpuinfo(struct seq *s, struct task *t)
{
	(void)t;
	arch_cpuinfo(s);
}

static void show_filesystems(struct seq *s, struct task *t)
{
	(void)t;
	for (int i = 0; fs_types[i]; i++)
		seq_printf(s, "%s\t%s\n", fs_types[i]->nodev ? "nodev" : "", fs_types[i]->name);
}

static void show_consoles(struct seq *s, struct task *t)
{
	(void)t;
	seq_printf(s, "hvc0                 -W- (EC p  )  %4u:%u\n", DEV_MAJOR(DEV_HVC0),
		   DEV_MINOR(DEV_HVC0));
}

static void show_devices(struct seq *s, struct task *t)
{
	(void)t;
	seq_printf(s, "Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n229 "
		      "hvc\n\nBlock devices:\n");
}

/* --- mounts */

static bool show_place(struct seq *s, const struct path *p)
{
	char *page = page_alloc();
	int len = page ? path_text(p, &fs_current()->root, page, PATH_MAX) : -1;

	if (len >= 0)
		seq_escape(s, page);
	if (page)
		page_free(page);
	return len >= 0;
}

static void show_mount_flags(struct seq *s, uint32_t flags)
{
	static const struct {
		uint32_t flag;
		const char *text;
	} names[] = {
		{ MS_NOSUID, ",nosuid" },	  { MS_NODEV, ",nodev" },
		{ MS_NOEXEC, ",noexec" },	  { MS_NOATIME, ",noatime" },
		{ MS_NODIRATIME, ",nodiratime" }, { MS_RELATIME, ",relatime" },
	};

	seq_printf(s, flags & MS_RDONLY ? "ro" : "rw");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].flag)
			seq_printf(s, "%s", names[i].text);
}

void proc_show_mounts(struct seq *s, struct task *t)
{
	(void)t;
	list_for_each (l, &mounts) {
		const struct mount *m = list_entry(l, struct mount, link);
		struct path p = { (struct mount *)(uintptr_t)m, m->root };

		seq_escape(s, m->source);
		seq_printf(s, " ");
		show_place(s, &p);
		seq_printf(s, " %s ", m->super->type->name);
		show_mount_flags(s, m->flags);
		if (m->super->type->options)
			m->super->type->options(m->super, s);
		seq_printf(s, " 0 0\n");
	}
}

void proc_show_mountinfo(struct seq *s, struct task *t)
{
	(void)t;
	list_for_each (l, &mounts) {
		const struct mount *m = list_entry(l, struct mount, link);
		struct path p = { (struct mount *)(uintptr_t)m, m->root };

		seq_printf(s, "%u %u %u:%u / ", m->id, m->parent ? m->parent->id : m->id,
			   DEV_MAJOR(m->super->dev), DEV_MINOR(m->super->dev));
		show_place(s, &p);
		seq_printf(s, " ");
		show_mount_flags(s, m->flags);
		seq_printf(s, " - %s ", m->super->type->name);
		seq_escape(s, m->source);
		seq_printf(s, " %s", m->flags & MS_RDONLY ? "ro" : "rw");
		if (m->super->type->options)
			m->super->type->options(m->super, s);
		seq_printf(s, "\n");
	}
}

/* --- links */

static int text_self(struct task *t, int fd, char *buf, size_t size)
{
	(void)t, (void)fd;
	return snprintf(buf, size, "%d", task_pid(current));
}

static int text_mounts(struct task *t, int fd, char *buf, size_t size)
{
	(void)t, (void)fd;
	return snprintf(buf, size, "self/mounts");
}

/* --- sys/kernel */

static void show_hostname(struct seq *s, struct task *t)
{
	(void)t;
	seq_printf(s, "%s\n", uts_nodename);
}

static void show_domainname(struct seq *s, struct task *t)
{
	(void)t;
	seq_printf(s, "%s\n", uts_domainname);
}

static ssize_t store_name(char name[65], const char *text, size_t len)
{
	size_t n = strcspn(text, "\n");

	if (task_uid(current))
		return -EPERM;
	if (n > 64)
		n = 64;
	memset(name, 0, 65);
	memcpy(name, text, n);
	return (ssize_t)len;
}

static ssize_t store_hostname(const char *text, size_t len)
{
	return store_name(uts_nodename, text, len);
}

static ssize_t store_domainname(const char *text, size_t len)
{
	return store_name(uts_domainname, text, len);
}

static void show_osrelease(struct seq *s, struct task *t)
{
	(void)t;
	seq_printf(s, "%s\n", UTS_RELEASE);
}

static void show_ostype(struct seq *s, struct task *t)
{
	(void)t;
	seq_printf(s, "%s\n", UTS_SYSNAME);
}

static void show_osversion(struct seq *s, struct task *t)
{
	(void)t;
	seq_printf(s, "%s\n", UTS_VERSION);
}

static void show_pid_max(struct seq *s, struct task *t)
{
	(void)t;
	seq_printf(s, "%d\n", PID_MAX);
}

/* A new one each time it is read, so only reads from its start give anything. */
static void show_uuid(struct seq *s, struct task *t)
{
	uint8_t b[16];

	(void)t;
	if (s->skip)
		return;
	random_bytes(b, sizeof(b));
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	for (int i = 0; i < 16; i++)
		seq_printf(s, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			   (unsigned int)b[i]);
	seq_printf(s, "\n");
}

static void show_boot_id(struct seq *s, struct task *t)
{
	static char id[38];
	struct uio u = uio_kernel(id, sizeof(id) - 1);
	struct seq once = { .u = &u };

	if (!id[0])
		show_uuid(&once, t);
	seq_write(s, id, strlen(id));
}

static const struct proc_entry random_dir[] = {
	{ "uuid", PROC_FILE, .show = show_uuid },
	{ "boot_id", PROC_FILE, .show = show_boot_id },
	{ 0 },
};

static const struct proc_entry kernel_dir[] = {
	{ "hostname", S_IFREG | 0644, .show = show_hostname, .store = store_hostname },
	{ "domainname", S_IFREG | 0644, .show = show_domainname, .store = store_domainname },
	{ "osrelease", PROC_FILE, .show = show_osrelease },
	{ "ostype", PROC_FILE, .show = show_ostype },
	{ "version", PROC_FILE, .show = show_osversion },
	{ "pid_max", PROC_FILE, .show = show_pid_max },
	{ "random", PROC_DIR, .dir = random_dir },
	{ 0 },
};

static const struct proc_entry sys_dir[] = { { "kernel", PROC_DIR, .dir = kernel_dir }, { 0 } };

const struct proc_entry proc_root_dir[] = {
	{ "self", PROC_LINK, .text = text_self },
	{ "thread-self", PROC_LINK, .text = text_self },
	{ "mounts", PROC_LINK, .text = text_mounts },
	{ "cmdline", PROC_FILE, .show = show_cmdline },
	{ "cpuinfo", PROC_FILE, .show = show_cpuinfo },
	{ "meminfo", PROC_FILE, .show = show_meminfo },
	{ "stat", PROC_FILE, .show = show_stat },
	{ "uptime", PROC_FILE, .show = show_uptime },
	{ "loadavg", PROC_FILE, .show = proc_show_loadavg },
	{ "version", PROC_FILE, .show = show_version },
	{ "filesystems", PROC_FILE, .show = show_filesystems },
	{ "consoles", PROC_FILE, .show = show_consoles },
	{ "devices", PROC_FILE, .show = show_devices },
	{ "sys", PROC_DIR, .dir = sys_dir },
	{ 0 },
};
