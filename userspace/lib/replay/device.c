// SPDX-License-Identifier: GPL-2.0
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int open_failed(struct error *err)
{
	if (errno == ENOENT)
		return error_set(err, EXIT_IMPOSSIBLE,
				 SWC_DEVICE
				 ": not there: vm/run has it in a test VM; "
				 "load build/switchcost.ko, or use --backend "
				 "user");
	if (errno == EACCES || errno == EPERM)
		return error_set(err, EXIT_IMPOSSIBLE,
				 SWC_DEVICE ": %s: it needs CAP_SYS_RAWIO; run "
					    "as root, or use --backend user",
				 strerror(errno));
	return error_set(err, EXIT_IMPOSSIBLE, SWC_DEVICE ": cannot open: %s",
			 strerror(errno));
}

static int check_abi(int device, struct swc_info *info, struct error *err)
{
	if (ioctl(device, SWC_IOC_GET_INFO, info))
		return error_set(err, EXIT_IMPOSSIBLE,
				 SWC_DEVICE ": GET_INFO: %s: another ABI; "
					    "rebuild and reload the module",
				 strerror(errno));
	if (info->abi_version != SWC_ABI_VERSION)
		return error_set(err, EXIT_IMPOSSIBLE,
				 SWC_DEVICE
				 ": the module speaks ABI %u, this command "
				 "ABI %u: rebuild and reload the module",
				 info->abi_version, SWC_ABI_VERSION);
	return 0;
}

int device_open(struct swc_info *info, struct error *err)
{
	int device = open(SWC_DEVICE, O_RDWR | O_CLOEXEC);

	if (device < 0)
		return open_failed(err);
	if (!check_abi(device, info, err))
		return device;
	close(device);
	return -1;
}

struct swc_caps device_caps(const struct swc_info *info)
{
	struct swc_caps caps;

	swc_caps_probe(&caps);
	caps.privileged = true;
	caps.trap = info->capabilities & SWC_CAP_TRAP;
	caps.direct = !(info->capabilities & SWC_CAP_INDIRECT);
	caps.plain = !(info->capabilities & SWC_CAP_SEGMENT);
	caps.shared_code = !(info->capabilities & SWC_CAP_CODE_PAGES);
	return caps;
}

static int load_failed(const struct sequence *s, const struct swc_load *load,
		       struct error *err)
{
	struct swc_error refused = {.code = load->error, .op = load->error_op};
	int cause = errno;

	if (load->error)
		return sequence_refusal(s, &refused, err);
	if (cause == ENOTTY)
		return error_set(err, EXIT_IMPOSSIBLE,
				 SWC_DEVICE ": LOAD: another ABI; rebuild and "
					    "reload the module");
	return error_set(err, EXIT_IMPOSSIBLE,
			 SWC_DEVICE ": %s: cannot load: "
				    "%s",
			 s->path, strerror(cause));
}

int device_load(int device, const struct sequence *s, uint32_t pedestal,
		const struct swc_state *state, struct error *err)
{
	struct swc_load load = sequence_load(s);
	int fd;

	load.pedestal = pedestal;
	load.state = (uintptr_t)state;
	fd = ioctl(device, SWC_IOC_LOAD, &load);
	return fd < 0 ? load_failed(s, &load, err) : fd;
}
