/**
 * A program that uses every semihosting operation whose result does not depend on time or host, and
 * prints the results. With `OWN` defined also those for which QEMU 7.2 gives another result than the
 * specification: SYS_ISTTY of a console that is a pipe, SYS_READC beside reads of `:tt`, and the append
 * modes of SYS_OPEN, which it opens without O_APPEND.
 *
 * @module
 */

/** C for `buildFor`; it needs a directory of its own as the current one. */
export const SEMIHOSTING_PROGRAM = `
static u32 length_of(const char *s) { u32 n = 0; while (s[n]) n++; return n; }
static int call1(int op, u32 a) { u32 block[1] = {a}; return semihost(op, block); }
static int call2(int op, u32 a, u32 b) { u32 block[2] = {a, b}; return semihost(op, block); }
static int call3(int op, u32 a, u32 b, u32 c) { u32 block[3] = {a, b, c}; return semihost(op, block); }
static int open(const char *name, int mode) { return call3(1, (u32)name, mode, length_of(name)); }
static int write(int h, const char *s) { return call3(5, h, (u32)s, length_of(s)); }
static char buffer[64];
static int read(int h, int n) { memset(buffer, 0, 64); return call3(6, h, (u32)buffer, n); }
static void show(const char *what, int value) { print(what); hex((u32)value); newline(); }
int main(void) {
  int in = open(":tt", 0), out = open(":tt", 4), err = open(":tt", 8);
  show("handles ", in << 8 | out << 4 | err);
  show("write ", write(out, "to the console\\n"));
#ifdef OWN
  show("tty ", call1(9, in) << 4 | call1(9, out));
  show("readc ", semihost(7, 0));
#endif
  show("read ", read(in, 5)); print(buffer); newline();
  show("read ", read(in, 60)); print(buffer); newline();
  int file = open("a.txt", 6);
  show("file ", file);
  show("tty ", call1(9, file));
  show("write ", write(file, "hello, file\\nsecond line\\n"));
  show("flen ", call1(0xc, file));
  show("seek ", call2(0xa, file, 7));
  show("read ", read(file, 4)); print(buffer); newline();
  show("read past the end ", read(file, 40)); print(buffer);
  show("read at the end ", read(file, 8));
  show("close ", call1(2, file));
  show("close again ", call1(2, file));
#ifdef OWN
  file = open("a.txt", 8);
  show("append ", write(file, "third\\n"));
  show("flen ", call1(0xc, file));
  show("close ", call1(2, file));
#endif
  file = open("a.txt", 0);
  show("write to a reader ", write(file, "x") != 0);
  show("read ", read(file, 30)); print(buffer); newline();
  call1(2, file);
  file = open("a.txt", 2);
  show("update ", write(file, "HELLO"));
  call2(0xa, file, 0);
  show("read ", read(file, 11)); print(buffer); newline();
  call1(2, file);
  u32 names[4] = {(u32)"a.txt", 5, (u32)"b.txt", 5};
  show("rename ", semihost(0xf, names));
  show("open the old name ", open("a.txt", 0));
  show("errno ", semihost(0x13, 0));
  show("remove ", call2(0xe, (u32)"b.txt", 5));
  show("remove again ", call2(0xe, (u32)"b.txt", 5));
  show("missing ", open("none/x", 0));
  show("iserror ", call1(8, (u32)-1) != 0 && call1(8, 0) == 0 && call1(8, 7) == 0);
  int features = open(":semihosting-features", 0);
  show("features ", read(features, 5)); hex(*(u32 *)buffer); hex(buffer[4]); newline();
  show("features length ", call1(0xc, features));
  show("features seek ", call2(0xa, features, 4)); 
  show("features read ", read(features, 1)); hex(buffer[0]); newline();
  show("features write ", open(":semihosting-features", 4));
  show("bad handle ", read(40, 1));
  char line[64] = {0};
  u32 block[2] = {(u32)line, 64};
  show("command line ", semihost(0x15, block));
  show("length ", block[1] == length_of(line));
  print(line); newline();
  u32 few[2] = {(u32)line, 2};
  show("short ", semihost(0x15, few));
  u32 exit[2] = {0x20026, 42};
  semihost(0x20, exit);
  return 0;
}
`;
