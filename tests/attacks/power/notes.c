/* Notes what the disk has: preloaded into each process, it keeps a copy of a file as it was when fsync or
   fdatasync of it returned, and of a directory the names it had.

   A file is known by its inode and its generation: an inode's number is used again, a name changes. */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long generation(int fd) {
    long number = 0;
    return ioctl(fd, FS_IOC_GETVERSION, &number) == 0 ? (number & 0xffffffffL) : 0;
}

static int inside(int fd) {
    const char *root = getenv("POWER_ROOT");
    char link[64], path[PATH_MAX];
    if (!root) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strncmp(path, root, strlen(root)) == 0;
}

static void note_file(int fd, int out) {
    char buffer[65536], link[64];
    off_t at = 0;
    ssize_t count;
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        fd = open(link, O_RDONLY | O_CLOEXEC); /* stays open, as below */
    }
    while ((count = pread(fd, buffer, sizeof buffer, at)) > 0) {
        if (write(out, buffer, count) != count) abort();
        at += count;
    }
}

static void note_directory(int fd, int out) {
    int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fdopendir(again);
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        int child = openat(again, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (child < 0) continue; /* a socket */
        struct stat status;
        fstat(child, &status);
        dprintf(out, "%lu-%lu %s\n", (unsigned long)status.st_ino, generation(child), entry->d_name);
        /* It stays open: a process that closes any descriptor of a file loses all its locks on it. */
    }
    closedir(directory);
}

static void note(int fd) {
    struct stat status;
    char draft[PATH_MAX], name[PATH_MAX];
    const char *shadow = getenv("POWER_SHADOW");
    if (!shadow || !inside(fd) || fstat(fd, &status) != 0) return;
    int directory = S_ISDIR(status.st_mode);
    if (!directory && !S_ISREG(status.st_mode)) return;
    snprintf(name, sizeof name, "%s/%lu-%lu", shadow, (unsigned long)status.st_ino, generation(fd));
    snprintf(draft, sizeof draft, "%s.%ld", name, (long)syscall(SYS_gettid));
    int out = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0) return;
    if (directory) note_directory(fd, out); else note_file(fd, out);
    close(out);
    rename(draft, name);
}

static int synced(const char *name, int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int result = real(fd);
    if (result == 0) note(fd);
    return result;
}

int fsync(int fd) { return synced("fsync", fd); }
int fdatasync(int fd) { return synced("fdatasync", fd); }
