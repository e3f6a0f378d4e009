/* Makes the image 300 KiB large. */
const unsigned char pad[300 * 1024] = {1};
