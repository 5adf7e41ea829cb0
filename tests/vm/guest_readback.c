// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost: emitted code is read back where it will run. The module flips a bit
 * of what it has just written, one after the other: each such sequence is refused, and
 * without that it is loaded. Needs the module with what its tests need.
 */
#include "guest.h"

#define PLANTED "/sys/module/switchcost/parameters/planted_flip"

/* Every so many bits, so that each bit of a byte is met. */
#define STEP   7u
#define FEWEST 100u

static const char text[] = "region a 1\nregion s 1\nentry s+0x800\n"
			   "call\nload a+8 8 dst=rcx\npush src=rcx\npop\n"
			   "ret\nstore a+0x10 4 base=rsp\nswitch back\n";

static int device;

/* Plants @bit, from 0 on; or nothing. */
static void plant(int64_t bit)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)(bit + 1));
	if (!guest_write(PLANTED, number))
		guest_give_up(PLANTED);
}

static void test_flips(void)
{
	struct swc_load load;
	uint32_t bit, bits, refused = 0, other = 0, n = 0;
	int fd = guest_load(device, text, &load);

	if (!guest_done("loads/as emitted", fd))
		return;
	close(fd);
	bits = load.code_bytes * 8;
	for (bit = 0; bit < bits; bit += STEP) {
		plant(bit);
		fd = guest_load(device, text, &load);
		n++;
		if (fd >= 0)
			close(fd);
		else if (errno == EIO && load.error == SWC_ERR_BYTES)
			refused++;
		else
			other++;
	}
	plant(-1);
	guest_check(n >= FEWEST && refused == n, "refused/each flipped bit",
		    "%u of %u, and %u for another reason", refused, n, other);
	guest_check(guest_log_has("isn't what was verified"),
		    "refused/the kernel's log says so", "it doesn't");
	fd = guest_load(device, text, &load);
	guest_done("loads/afterwards", fd);
	if (fd >= 0)
		close(fd);
}

int main(void)
{
	device = guest_open();
	test_flips();
	close(device);
	return guest_summary();
}
