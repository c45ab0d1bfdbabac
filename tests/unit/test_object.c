/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <hv/object.h>
#include <public/tagma.h>

#define SLOTS 8u

struct thing {
	char before[24]; /* as in struct thread, the object does not come first */
	struct object obj;
	char after[8];
};

static struct thing things[SLOTS];
static struct pool pool;

static int start(void **state)
{
	(void)state;
	memset(things, 0, sizeof(things));
	pool_init(&pool, TAGMA_TYPE_THREAD, &things[0].obj, sizeof(things[0]), SLOTS);
	return 0;
}

static void ids_name_slots(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < SLOTS; i++) {
		struct object *o = pool_load(&pool);

		assert_ptr_equal(o, &things[i].obj);
		assert_int_equal(o->id, TAGMA_ID(1, TAGMA_TYPE_THREAD, i));
		assert_ptr_equal(pool_lookup(&pool, o->id), o);
	}
	assert_int_equal(pool.nr_free, 0);
	assert_null(pool_load(&pool));
}

static void wrong_ids_name_nothing(void **state)
{
	struct object *o = pool_load(&pool);

	(void)state;
	assert_null(pool_lookup(&pool, TAGMA_NIL));
	assert_null(pool_lookup(&pool, TAGMA_ANY));
	assert_null(pool_lookup(&pool, TAGMA_SELF));
	assert_null(pool_lookup(&pool, TAGMA_ID(1, TAGMA_TYPE_SPACE, 0)));
	assert_null(pool_lookup(&pool, TAGMA_ID(2, TAGMA_TYPE_THREAD, 0)));
	assert_null(pool_lookup(&pool, TAGMA_ID(1, TAGMA_TYPE_THREAD, 1))); /* free */
	assert_null(pool_lookup(&pool, TAGMA_ID(0, 0, 1)));
	assert_null(pool_lookup(&pool, TAGMA_ID(1, TAGMA_TYPE_THREAD, SLOTS)));
	assert_null(pool_lookup(&pool, TAGMA_ID(1, TAGMA_TYPE_THREAD, 0xfff)));
	o->flags |= OBJ_DYING;
	assert_null(pool_lookup(&pool, o->id));
}

static void stale_ids_name_nothing(void **state)
{
	struct object *o = pool_load(&pool);
	uint32_t id = o->id;

	(void)state;
	pool_unload(&pool, o);
	assert_null(pool_lookup(&pool, id));
	for (uint32_t i = 0; i < SLOTS; i++)
		o = pool_load(&pool);
	assert_int_equal(TAGMA_ID_SLOT(o->id), TAGMA_ID_SLOT(id));
	assert_int_equal(o->id, TAGMA_ID(2, TAGMA_TYPE_THREAD, 0));
	assert_null(pool_lookup(&pool, id));
}

static void slots_come_first_in_first_out(void **state)
{
	struct object *o[SLOTS];

	(void)state;
	for (uint32_t i = 0; i < SLOTS; i++)
		o[i] = pool_load(&pool);
	pool_unload(&pool, o[5]);
	pool_unload(&pool, o[2]);
	pool_unload(&pool, o[7]);
	assert_ptr_equal(pool_load(&pool), o[5]);
	assert_ptr_equal(pool_load(&pool), o[2]);
	assert_ptr_equal(pool_load(&pool), o[7]);
}

static void versions_wrap_but_skip_zero(void **state)
{
	struct object *o;

	(void)state;
	things[0].obj.version = (1u << 18) - 2;
	o = pool_load(&pool);
	assert_int_equal(TAGMA_ID_VERSION(o->id), (1u << 18) - 1);
	assert_int_equal(TAGMA_ID_TYPE(o->id), TAGMA_TYPE_THREAD);
	pool_unload(&pool, o);
	for (uint32_t i = 0; i < SLOTS; i++)
		o = pool_load(&pool);
	assert_ptr_equal(o, &things[0].obj);
	assert_int_equal(TAGMA_ID_VERSION(o->id), 1);
}

static void neighbours_are_not_touched(void **state)
{
	(void)state;
	memset(things[1].before, 'x', sizeof(things[1].before));
	memset(things[1].after, 'y', sizeof(things[1].after));
	for (uint32_t i = 0; i < SLOTS; i++)
		pool_unload(&pool, pool_load(&pool));
	assert_int_equal(things[1].before[23], 'x');
	assert_int_equal(things[1].after[0], 'y');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ids_name_slots, start),
		cmocka_unit_test_setup(wrong_ids_name_nothing, start),
		cmocka_unit_test_setup(stale_ids_name_nothing, start),
		cmocka_unit_test_setup(slots_come_first_in_first_out, start),
		cmocka_unit_test_setup(versions_wrap_but_skip_zero, start),
		cmocka_unit_test_setup(neighbours_are_not_touched, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
