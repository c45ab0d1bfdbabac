/* SPDX-License-Identifier: GPL-2.0-only */
/* Mapping operations to their end, and ranges cut into flexpages. */
#include <errno.h>
#include <tagma/hypercall.h>
#include <tagma/map.h>

#define FLUSH_BATCH 16u /* flexpages in one call */

int map_ops(uint32_t cmd, struct tagma_map *ops, uint32_t count, uint32_t *done)
{
	uint32_t n = 0;
	long ret = 0;

	while (n < count) {
		uint32_t before = ops[n].progress;

		ret = HYPERVISOR_tagma_map(cmd, ops + n, count - n);
		if (ret < 0)
			break;
		/* Neither an operation nor a page of one: it would never end. */
		if (ret == 0 && ops[n].progress == before) {
			ret = -EAGAIN;
			break;
		}
		n += (uint32_t)ret;
	}
	if (done)
		*done = n;
	return ret < 0 ? (int)ret : 0;
}

/* The largest flexpage that begins at all of `bits` and is no longer than len. */
static uint32_t largest(uint32_t bits, uint32_t len)
{
	uint32_t log2 = PAGE_SHIFT;

	while (log2 < 31 && !(bits & (1u << log2)) && len >= 2u << log2)
		log2++;
	return log2;
}

static int move_pages(uint32_t cmd, uint32_t src_space, uint32_t src, uint32_t dst_space,
		      uint32_t dst, uint32_t len, uint32_t rights)
{
	while (len) {
		uint32_t log2 = largest(src | dst, len);
		struct tagma_map op = {
			.src_space = src_space,
			.dst_space = dst_space,
			.src = TAGMA_FPAGE(src, log2, rights),
			.dst = dst,
		};
		int err = map_ops(cmd, &op, 1, 0);

		if (err)
			return err;
		src += 1u << log2;
		dst += 1u << log2;
		len -= 1u << log2;
	}
	return 0;
}

int map_pages(uint32_t src_space, uint32_t src, uint32_t dst_space, uint32_t dst, uint32_t len,
	      uint32_t rights)
{
	return move_pages(TAGMA_MAP_map, src_space, src, dst_space, dst, len, rights);
}

int grant_pages(uint32_t src_space, uint32_t src, uint32_t dst_space, uint32_t dst, uint32_t len,
		uint32_t rights)
{
	return move_pages(TAGMA_MAP_grant, src_space, src, dst_space, dst, len, rights);
}

int flush_pages(uint32_t space, uint32_t addr, uint32_t len, uint32_t rights, uint32_t flags)
{
	struct tagma_map op[FLUSH_BATCH];
	uint32_t n = 0;
	int err = 0;

	while (len && !err) {
		uint32_t log2 = largest(addr, len);

		op[n++] = (struct tagma_map){
			.src_space = space,
			.src = TAGMA_FPAGE(addr, log2, rights),
			.flags = flags,
		};
		addr += 1u << log2;
		len -= 1u << log2;
		if (n == FLUSH_BATCH || !len) {
			err = map_ops(TAGMA_MAP_flush, op, n, 0);
			n = 0;
		}
	}
	return err;
}

int map_status(uint32_t space, uint32_t addr)
{
	struct tagma_map op = {
		.src_space = space,
		.src = TAGMA_FPAGE(addr, PAGE_SHIFT, TAGMA_RWX),
	};
	int err = map_ops(TAGMA_MAP_status, &op, 1, 0);

	return err ? err : (int)op.flags;
}

int map_ports(uint32_t dst_space, uint16_t port, uint32_t log2)
{
	struct tagma_map op = {
		.src_space = TAGMA_SELF,
		.dst_space = dst_space,
		.src = TAGMA_FPORT(port, log2),
		.dst = (uint32_t)port << 16,
	};

	return map_ops(TAGMA_MAP_map, &op, 1, 0);
}
