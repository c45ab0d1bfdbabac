/* SPDX-License-Identifier: GPL-2.0-only */
/* The ELF loader: what it takes, what it notes, and what it refuses. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <elf.h>
#include <hv/elf.h>

#define BASE 0x100000u

struct note {
	Elf32_Nhdr h;
	char name[4];
	uint32_t desc;
};

/* A whole little guest: two segments and two notes. */
struct file {
	Elf32_Ehdr eh;
	Elf32_Phdr ph[3];
	uint8_t text[64];
	uint8_t data[32];
	struct note note[2];
};

static void make_note(struct note *n, uint32_t type, uint32_t desc)
{
	n->h = (Elf32_Nhdr){ 4, 4, type };
	memcpy(n->name, "Xen", 4);
	n->desc = desc;
}

static struct file *make(void)
{
	struct file *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	memcpy(f->eh.e_ident, "\177ELF\1\1\1", 7);
	f->eh.e_type = ET_EXEC;
	f->eh.e_machine = EM_386;
	f->eh.e_entry = BASE + 4;
	f->eh.e_phoff = offsetof(struct file, ph);
	f->eh.e_phentsize = sizeof(Elf32_Phdr);
	f->eh.e_phnum = 3;
	f->ph[0] = (Elf32_Phdr){ .p_type = PT_LOAD,
				 .p_offset = offsetof(struct file, text),
				 .p_vaddr = BASE,
				 .p_filesz = 64,
				 .p_memsz = 64 };
	f->ph[1] = (Elf32_Phdr){ .p_type = PT_LOAD,
				 .p_offset = offsetof(struct file, data),
				 .p_vaddr = BASE + 0x1000,
				 .p_filesz = 32,
				 .p_memsz = 0x1800 };
	f->ph[2] = (Elf32_Phdr){ .p_type = PT_NOTE,
				 .p_offset = offsetof(struct file, note),
				 .p_filesz = sizeof(f->note),
				 .p_memsz = sizeof(f->note) };
	memset(f->text, 0x11, sizeof(f->text));
	memset(f->data, 0x22, sizeof(f->data));
	make_note(&f->note[0], 1, BASE + 8);
	make_note(&f->note[1], 2, BASE + 0x1000);
	return f;
}

static void test_good(void **state)
{
	struct file *f = make();
	struct elf_image img;
	struct fit_error e;

	(void)state;
	assert_int_equal(elf_open(&img, f, sizeof(*f), ELF_MACHINE_386, &e), 0);
	assert_int_equal(img.entry, BASE + 8); /* the note's, not the header's */
	assert_int_equal(img.hypercall_page, BASE + 0x1000);
	assert_int_equal(img.lo, BASE);
	assert_int_equal(img.hi, BASE + 0x3000);
	free(f);
}

static void test_names(void **state)
{
	struct file *f = make();
	struct elf_image img;
	struct fit_error e;

	(void)state;
	make_note(&f->note[0], 6, 0);
	memcpy(&f->note[0].desc, "rtos", 4); /* not terminated in the file */
	make_note(&f->note[1], 7, 0);
	memcpy(&f->note[1].desc, "1.0", 4);
	assert_int_equal(elf_open(&img, f, sizeof(*f), ELF_MACHINE_386, &e), 0);
	assert_string_equal(img.guest_os, "rtos");
	assert_string_equal(img.guest_version, "1.0");
	assert_int_equal(img.entry, BASE + 4);
	assert_int_equal(img.hypercall_page, 0);
	/* A note of somebody else's is no business of ours. */
	memcpy(f->note[0].name, "GNU", 4);
	assert_int_equal(elf_open(&img, f, sizeof(*f), ELF_MACHINE_386, &e), 0);
	assert_string_equal(img.guest_os, "");
	free(f);
}

struct placed {
	unsigned count;
	uint32_t addr[4], filesz[4], memsz[4];
	uint8_t first[4];
};

static int place(void *ctx, uint32_t addr, const void *data, uint32_t filesz, uint32_t memsz,
		 struct fit_error *e)
{
	struct placed *p = ctx;

	if (p->count == 4)
		return fit_fail(e, "test", NULL, "too many");
	p->addr[p->count] = addr;
	p->filesz[p->count] = filesz;
	p->memsz[p->count] = memsz;
	p->first[p->count++] = *(const uint8_t *)data;
	return 0;
}

static void test_load(void **state)
{
	struct file *f = make();
	struct placed p = { 0 };
	struct elf_image img;
	struct fit_error e;

	(void)state;
	assert_int_equal(elf_open(&img, f, sizeof(*f), ELF_MACHINE_386, &e), 0);
	assert_int_equal(elf_load(&img, place, &p, &e), 0);
	assert_int_equal(p.count, 2);
	assert_int_equal(p.addr[1], BASE + 0x1000);
	assert_int_equal(p.filesz[1], 32);
	assert_int_equal(p.memsz[1], 0x1800);
	assert_int_equal(p.first[0], 0x11);
	assert_int_equal(p.first[1], 0x22);
	p.count = 4;
	assert_int_equal(elf_load(&img, place, &p, &e), -1);
	free(f);
}

/* One change to a good file, and the words of the refusal. */
#define REFUSED(change, words)                                                            \
	do {                                                                              \
		struct file *f = make();                                                  \
		struct elf_image img;                                                     \
		struct fit_error e = { "" };                                              \
		change;                                                                   \
		assert_int_equal(elf_open(&img, f, sizeof(*f), ELF_MACHINE_386, &e), -1); \
		if (!strstr(e.text, words))                                               \
			fail_msg("\"%s\" does not say \"%s\"", e.text, words);            \
		free(f);                                                                  \
	} while (0)

static void test_header(void **state)
{
	(void)state;
	REFUSED(f->eh.e_ident[0] = 0, "magic");
	REFUSED(f->eh.e_ident[EI_CLASS] = ELFCLASS64, "another machine");
	REFUSED(f->eh.e_ident[EI_DATA] = ELFDATA2MSB, "another machine");
	REFUSED(f->eh.e_machine = EM_MIPS, "another machine");
	REFUSED(f->eh.e_type = ET_DYN, "not an executable");
	REFUSED(f->eh.e_phnum = 0, "program headers");
	REFUSED(f->eh.e_phnum = 17, "program headers");
	REFUSED(f->eh.e_phentsize = 56, "program headers");
	REFUSED(f->eh.e_phoff = sizeof(*f), "beyond the end");
	REFUSED(f->eh.e_phoff = 0xfffffff0, "beyond the end");
	REFUSED(f->eh.e_entry = 0; f->note[0].h.n_type = 99, "entry point");
}

static void test_segments(void **state)
{
	(void)state;
	REFUSED(f->ph[0].p_offset = 0xffffffff, "beyond the end");
	REFUSED(f->ph[0].p_filesz = 0xffffff00; f->ph[0].p_memsz = 0xffffff00, "beyond the end");
	REFUSED(f->ph[0].p_memsz = 1, "longer in the file");
	REFUSED(f->ph[1].p_vaddr = BASE + 0x20, "overlap");
	REFUSED(f->ph[1].p_vaddr = 0x1000, "overlap");
	REFUSED(f->ph[1].p_memsz = 0xfff00000, "4 GB");
	REFUSED(f->ph[1].p_vaddr = 0xfffff800, "4 GB");
	REFUSED(f->ph[0].p_type = f->ph[1].p_type = PT_NULL, "nothing to load");
}

static void test_notes(void **state)
{
	(void)state;
	REFUSED(f->note[0].h.n_namesz = 0xffffffff, "note beyond");
	REFUSED(f->note[0].h.n_descsz = 0xffffffff, "note beyond");
	REFUSED(f->note[1].h.n_descsz = 5, "note beyond");
	REFUSED(f->note[0].h.n_descsz = 2, "numeric");
	REFUSED(f->note[1].desc = BASE + 4, "hypercall page");
	REFUSED(f->note[1].desc = 0x80000000, "hypercall page");
	REFUSED(f->note[0].desc = 0, "entry point");
}

/* A file cut anywhere is refused, and never read past its end (ASan watches). */
static void test_truncated(void **state)
{
	struct file *f = make();

	(void)state;
	for (size_t len = 0; len < sizeof(*f); len++) {
		void *cut = malloc(len ? len : 1);
		struct elf_image img;
		struct fit_error e = { "" };

		assert_non_null(cut);
		memcpy(cut, f, len);
		assert_int_equal(elf_open(&img, cut, len, ELF_MACHINE_386, &e), -1);
		assert_true(e.text[0] != '\0');
		free(cut);
	}
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	  cmocka_unit_test(test_names),
		cmocka_unit_test(test_load),	  cmocka_unit_test(test_header),
		cmocka_unit_test(test_segments),  cmocka_unit_test(test_notes),
		cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
