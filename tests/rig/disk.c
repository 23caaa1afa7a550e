#include "rig/disk.h"

#include <check.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

/* It has no place in the tree of files, so nothing is left of it when it is closed. */
bool disk_mount(struct disk *disk)
{
	int context = fsopen("tmpfs", FSOPEN_CLOEXEC);

	disk->fd = -1;
	if (context < 0)
		return false;
	if (fsconfig(context, FSCONFIG_SET_STRING, "size", "65536", 0) == 0 &&
		fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		disk->fd = fsmount(context, FSMOUNT_CLOEXEC, 0);
	(void)close(context);
	(void)snprintf(disk->path, sizeof disk->path, "/proc/self/fd/%d", disk->fd);
	return disk->fd >= 0;
}

void disk_unmount(struct disk *disk)
{
	ck_assert_int_eq(close(disk->fd), 0);
}
