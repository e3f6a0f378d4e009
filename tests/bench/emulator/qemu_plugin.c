/* A plugin for QEMU (plugin API version 1, whose prototypes are written down here): counts every
   instruction by the region that it lies in and every access by region and kind, with a callback each. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*)(unsigned, void *), int, void *);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *,
                                      void (*)(unsigned, qemu_plugin_meminfo_t, uint64_t, void *), int, int, void *);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);
unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { NO_REGISTERS = 0, READ_AND_WRITE = 3, PAGE = 16 };
static uint8_t region_of[1 << (32 - PAGE)];
static uint64_t fetches[256], reads[256], writes[256], bytes[256];
static int regions;
static uint64_t done_from = UINT64_MAX, done_to = UINT64_MAX;

static void executed(unsigned cpu, void *counter) {
  (void)cpu;
  ++*(uint64_t *)counter;
}

static void accessed(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *unused) {
  (void)cpu, (void)unused;
  uint8_t region = region_of[(uint32_t)address >> PAGE];
  ++*(qemu_plugin_mem_is_store(info) ? &writes[region] : &reads[region]);
  bytes[region] += 1u << qemu_plugin_mem_size_shift(info);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  (void)id;
  for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
    struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
    uint64_t address = qemu_plugin_insn_vaddr(instruction);
    if (address >= done_from && address < done_to) continue;
    uint8_t region = region_of[(uint32_t)address >> PAGE];
    qemu_plugin_register_vcpu_insn_exec_cb(instruction, executed, NO_REGISTERS, &fetches[region]);
    qemu_plugin_register_vcpu_mem_cb(instruction, accessed, NO_REGISTERS, READ_AND_WRITE, NULL);
  }
}

static void finished(qemu_plugin_id_t id, void *unused) {
  (void)id, (void)unused;
  uint64_t total = 0;
  for (int i = 0; i <= regions; i++) total += fetches[i];
  printf("instructions %llu\n", (unsigned long long)total);
  for (int i = 1; i <= regions; i++) {
    printf("region %d fetches %llu reads %llu writes %llu bytes %llu\n", i, (unsigned long long)fetches[i],
           (unsigned long long)reads[i], (unsigned long long)writes[i], (unsigned long long)bytes[i]);
  }
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
                                                               char **argv) {
  (void)info;
  for (int i = 0; i < argc; i++) {
    const char *value = strchr(argv[i], '=');
    if (value == NULL) continue;
    char *rest;
    uint64_t from = strtoull(value + 1, &rest, 0);
    uint64_t to = strtoull(rest + 1, NULL, 0);
    if (strncmp(argv[i], "done", 4) == 0) done_from = from, done_to = to;
    else {
      regions++;
      for (uint64_t page = from >> PAGE; page < to >> PAGE; page++) region_of[page] = (uint8_t)regions;
    }
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_atexit_cb(id, finished, NULL);
  return 0;
}
