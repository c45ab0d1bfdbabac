/* SPDX-License-Identifier: GPL-2.0-only */
/* The CMOS clock, read once: where wall time starts. It is taken to be in UTC. */
#include <asm/io.h>
#include <hv/arch.h>
#include <string.h>

#define CMOS_INDEX 0x70
#define CMOS_DATA 0x71
#define RTC_UPDATING 0x80 /* of register A: the others may change within 244 us */
#define RTC_24H 0x02	  /* of register B */
#define RTC_BINARY 0x04
#define RTC_PM 0x80
#define RTC_TRIES 4000 /* an update takes less */

struct rtc {
	uint8_t sec, min, hour, day, month, year;
};

static uint8_t cmos(uint8_t reg)
{
	outb(CMOS_INDEX, reg);
	return inb(CMOS_DATA);
}

static struct rtc rtc_sample(void)
{
	return (struct rtc){ cmos(0), cmos(2), cmos(4), cmos(7), cmos(8), cmos(9) };
}

static uint32_t from_bcd(uint8_t v, bool binary) { return binary ? v : (v & 15u) + (v >> 4) * 10u; }

/* Days from 1970 to a date of our calendar; years start in March, so that a leap day ends one. */
static uint32_t days_since_1970(uint32_t year, uint32_t month, uint32_t day)
{
	uint32_t y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

uint64_t arch_wall_seconds(void)
{
	struct rtc t = rtc_sample(), again;
	uint8_t b = cmos(0x0b);
	bool binary = b & RTC_BINARY;
	uint32_t hour, month, day;

	/* Two equal samples outside an update are one time. No clock at all: 1970. */
	for (unsigned i = 0;; i++, t = again) {
		again = rtc_sample();
		if (!memcmp(&t, &again, sizeof(t)) && !(cmos(0x0a) & RTC_UPDATING))
			break;
		if (i == RTC_TRIES)
			return 0;
	}
	hour = from_bcd(t.hour & 0x7f, binary);
	if (!(b & RTC_24H))
		hour = hour % 12 + (t.hour & RTC_PM ? 12 : 0);
	month = from_bcd(t.month, binary);
	day = from_bcd(t.day, binary);
	if (month < 1 || month > 12 || day < 1 || day > 31)
		return 0;
	return days_since_1970(2000 + from_bcd(t.year, binary), month, day) * 86400ull +
	       hour * 3600ull + from_bcd(t.min, binary) * 60ull + from_bcd(t.sec, binary);
}
