// Objects that constructors make before main, without a C++ library.
struct Shape {
  explicit Shape(int size) : size(size) {}
  virtual int area() const { return 0; }
  int size;
};

struct Square : Shape {
  explicit Square(int size) : Shape(size) {}
  int area() const override { return size * size; }
};

static int read() {
  volatile int seven = 7;
  return seven;
}

static Square square(read());
static Shape shape(3);
static const Shape *const shapes[] = {&square, &shape};

extern "C" {
int constructed = 0;
__attribute__((constructor)) static void construct() { constructed += 40; }

int static_objects() {
  int total = 0;
  for (const Shape *one : shapes) total = total * 100 + one->area() + one->size;
  return total;
}
}
