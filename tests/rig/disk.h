/* disk: a file system of 64 KiB, to see what becomes of those who fill it. */
#ifndef RIG_DISK_H
#define RIG_DISK_H

#include <stdbool.h>

struct disk {
	int fd;
	char path[32]; /* of its root; no other process sees it */
};

/* False where mounting is forbidden: only root may. */
bool disk_mount(struct disk *disk) __attribute__((warn_unused_result));
void disk_unmount(struct disk *disk);

#endif
