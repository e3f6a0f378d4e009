/* libunicorn 2 with a hook for each instruction and one for each access, which count by region. The
   prototypes that are needed are written down here.
   Usage: unicorn_host CODE.bin code-address code-size data-address data-size entry stack-top done result */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct uc_engine uc_engine;
int uc_open(int, int, uc_engine **);
int uc_mem_map(uc_engine *, uint64_t, size_t, uint32_t);
int uc_mem_write(uc_engine *, uint64_t, const void *, size_t);
int uc_mem_read(uc_engine *, uint64_t, void *, size_t);
int uc_reg_write(uc_engine *, int, const void *);
int uc_hook_add(uc_engine *, size_t *, int, void *, void *, uint64_t, uint64_t, ...);
int uc_emu_start(uc_engine *, uint64_t, uint64_t, uint64_t, size_t);

enum { ARM = 1, THUMB_M_CLASS = 0x30, ALL = 7, SP = 12, HOOK_CODE = 4, HOOK_READ = 1 << 10, HOOK_WRITE = 1 << 11 };
enum { WRITE = 17, PAGE = 16 };
static uint8_t region_of[1 << (32 - PAGE)];
static uint64_t fetches[4], reads[4], writes[4], bytes[4];

static void on_code(uc_engine *uc, uint64_t address, uint32_t size, void *unused) {
  (void)uc, (void)size, (void)unused;
  fetches[region_of[(uint32_t)address >> PAGE]]++;
}

static void on_access(uc_engine *uc, int type, uint64_t address, int size, int64_t value, void *unused) {
  (void)uc, (void)value, (void)unused;
  uint8_t region = region_of[(uint32_t)address >> PAGE];
  if (type == WRITE) writes[region]++;
  else reads[region]++;
  bytes[region] += (uint64_t)size;
}

static void map(uc_engine *uc, uint64_t origin, uint64_t length, uint8_t region) {
  uint64_t start = origin & ~UINT64_C(0xffff);
  uint64_t size = (origin - start + length + 0xffff) & ~UINT64_C(0xffff);
  if (uc_mem_map(uc, start, size, ALL) != 0) exit(3);
  for (uint64_t page = start >> PAGE; page < (start + size) >> PAGE; page++) region_of[page] = region;
}

int main(int argc, char **argv) {
  if (argc != 10) return 2;
  uint64_t number[10];
  for (int i = 2; i < 10; i++) number[i] = strtoull(argv[i], NULL, 0);
  uc_engine *uc;
  if (uc_open(ARM, THUMB_M_CLASS, &uc) != 0) return 3;
  map(uc, number[2], number[3], 1);
  map(uc, number[4], number[5], 2);
  static char code[1 << 20];
  FILE *file = fopen(argv[1], "rb");
  if (file == NULL) return 2;
  size_t length = fread(code, 1, sizeof code, file);
  uc_mem_write(uc, number[2], code, length);
  uint32_t stack = (uint32_t)number[7];
  uc_reg_write(uc, SP, &stack);
  size_t hooks[2];
  uc_hook_add(uc, &hooks[0], HOOK_CODE, (void *)on_code, NULL, 1, 0);
  uc_hook_add(uc, &hooks[1], HOOK_READ | HOOK_WRITE, (void *)on_access, NULL, 1, 0);
  int error = uc_emu_start(uc, number[6] | 1, number[8], 0, 0);
  uint32_t result = 0;
  uc_mem_read(uc, number[9], &result, sizeof result);
  printf("result %08x\ninstructions %llu\n", result, (unsigned long long)(fetches[1] + fetches[2]));
  printf("region 1 reads %llu\nregion 2 reads %llu writes %llu bytes %llu\n", (unsigned long long)reads[1],
         (unsigned long long)reads[2], (unsigned long long)writes[2], (unsigned long long)bytes[2]);
  return error;
}
