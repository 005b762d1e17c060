/* Works on files and directories below /data and reports each step's errno. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void report(const char *what, int result) {
  printf("%s: %s\n", what, result < 0 ? strerror(errno) : "ok");
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(void) {
  report("mkdir", mkdir("/data/dir", 0777));
  report("mkdir again", mkdir("/data/dir", 0777));
  FILE *f = fopen("/data/dir/file.txt", "w");
  if (!f) return 1;
  for (int i = 0; i < 1000; i++) fprintf(f, "line %d\n", i);
  report("close", fclose(f));
  f = fopen("/data/dir/file.txt", "a+");
  fputs("appended\n", f);
  fseek(f, -9, SEEK_END);
  char line[64];
  fgets(line, sizeof line, f);
  printf("last line: %s", line);
  rewind(f);
  int lines = 0;
  while (fgets(line, sizeof line, f)) lines++;
  printf("%d lines\n", lines);
  fclose(f);
  struct stat st;
  report("stat", stat("/data/dir/file.txt", &st));
  printf("size %lld, regular %d\n", (long long)st.st_size, S_ISREG(st.st_mode));
  report("symlink", symlink("file.txt", "/data/dir/link"));
  report("read through link", open("/data/dir/link", O_RDONLY));
  report("escape", symlink("../../../../../../../../etc/passwd", "/data/dir/escape"));
  report("read through escape", open("/data/dir/escape", O_RDONLY));
  report("read /etc/passwd", open("/etc/passwd", O_RDONLY));
  report("read ../../etc/passwd", open("/data/../../etc/passwd", O_RDONLY));
  report("rename", rename("/data/dir/file.txt", "/data/dir/renamed.txt"));
  report("rmdir not empty", rmdir("/data/dir"));
  char *names[16];
  int count = 0;
  DIR *d = opendir("/data/dir");
  for (struct dirent *e; d && (e = readdir(d)) && count < 16;) names[count++] = strdup(e->d_name);
  closedir(d);
  qsort(names, count, sizeof *names, by_name);
  for (int i = 0; i < count; i++) printf("entry %s\n", names[i]);
  report("unlink", unlink("/data/dir/renamed.txt"));
  report("unlink link", unlink("/data/dir/link"));
  report("unlink escape", unlink("/data/dir/escape"));
  report("rmdir", rmdir("/data/dir"));
  report("unlink missing", unlink("/data/missing"));
  return 0;
}
