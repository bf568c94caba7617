// Draws the sample images that ship with the project, in the folder given as argument:
//   ninja make_samples && ./make_samples config/samples
// Everything is computed from noise with fixed seeds, so they come out the same everywhere.
#include <vips/vips8>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

namespace {

struct rgb {
  double r, g, b;
};

rgb operator+(rgb a, rgb b) {
  return {a.r + b.r, a.g + b.g, a.b + b.b};
}
rgb operator*(rgb a, double k) {
  return {a.r * k, a.g * k, a.b * k};
}
rgb mix(rgb a, rgb b, double k) {
  k = std::clamp(k, 0.0, 1.0);
  return a * (1 - k) + b * k;
}

double smooth(double from, double to, double x) {
  const double t = std::clamp((x - from) / (to - from), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

double lattice(int x, int y, int seed) {
  auto h = static_cast<std::uint32_t>(x) * 374761393U + static_cast<std::uint32_t>(y) * 668265263U +
           static_cast<std::uint32_t>(seed) * 2246822519U;
  h = (h ^ (h >> 13)) * 1274126177U;
  return static_cast<double>((h ^ (h >> 16)) & 0xffff) / 65535.0;
}

double value_noise(double x, double y, int seed) {
  const int ix = static_cast<int>(std::floor(x));
  const int iy = static_cast<int>(std::floor(y));
  const double fx = smooth(0, 1, x - ix);
  const double fy = smooth(0, 1, y - iy);
  const double top = std::lerp(lattice(ix, iy, seed), lattice(ix + 1, iy, seed), fx);
  const double bottom = std::lerp(lattice(ix, iy + 1, seed), lattice(ix + 1, iy + 1, seed), fx);
  return std::lerp(top, bottom, fy);
}

// Noise of several sizes on top of each other, in 0..1.
double fractal(double x, double y, int octaves, int seed) {
  double sum = 0;
  double weight = 0.5;
  double total = 0;
  for (int i = 0; i < octaves; ++i) {
    sum += weight * value_noise(x, y, seed + i);
    total += weight;
    weight *= 0.5;
    x *= 2.03;
    y *= 2.03;
  }
  return sum / total;
}

using painter = std::function<std::vector<double>(double x, double y)>;

// Asks the painter for every pixel; x and y run over 0..1 of the width, y downwards.
vips::VImage painted(int width, int height, int bands, const painter& paint) {
  std::vector<std::uint8_t> pixels;
  pixels.reserve(static_cast<std::size_t>(width * height * bands));
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (const double v : paint((x + 0.5) / width, (y + 0.5) / width))
        pixels.push_back(static_cast<std::uint8_t>(std::clamp(v * 255 + 0.5, 0.0, 255.0)));
  return vips::VImage(vips_image_new_from_memory_copy(pixels.data(), pixels.size(), width, height,
                                                      bands, VIPS_FORMAT_UCHAR))
      .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

std::vector<double> opaque(rgb c) {
  return {c.r, c.g, c.b};
}

// The river in the evening: sky, three ridges, meadow, water, trees, a mill. 4:3.
constexpr double horizon = 0.33;

rgb sky(double x, double y) {
  rgb c = mix({0.96, 0.72, 0.48}, {0.20, 0.40, 0.72}, smooth(horizon, 0, y));
  const double sun = std::hypot(x - 0.68, y - 0.12);
  c = mix(c, {1.0, 0.93, 0.70}, std::exp(-sun * 9) + smooth(0.036, 0.032, sun));
  const double cloud = fractal(x * 5 + 3, y * 17, 6, 11);
  return mix(c, {1.0, 0.90, 0.82}, smooth(0.52, 0.75, cloud) * smooth(horizon, 0.1, y) * 0.85);
}

double ridge(double x, int which) {
  const double rise[] = {0.19, 0.115, 0.05};
  return horizon -
         rise[which] * (0.25 + fractal(x * (3 + 2 * which) + 7 * which, 0.5, 6, 40 + which));
}

rgb mountains(double x, double y, rgb behind) {
  const rgb tone[] = {{0.52, 0.55, 0.68}, {0.30, 0.38, 0.47}, {0.14, 0.25, 0.21}};
  for (int which = 2; which >= 0; --which) {
    const double top = ridge(x, which);
    if (y < top) continue;
    const double slope = ridge(x + 0.004, which) - top;
    const double grain = fractal(x * 60, y * 90, 4, 60 + which) - 0.5;
    rgb c = tone[which] * (1 + slope * 18 + grain * (0.25 + 0.2 * which));
    if (which == 0) c = mix(c, {0.97, 0.93, 0.94}, smooth(0.10, 0.02, y - top + grain * 0.09));
    return mix(c, {0.93, 0.74, 0.58}, smooth(0.12, 0, horizon - y) * (0.35 - 0.1 * which));
  }
  return behind;
}

struct bank {
  double middle;
  double half_width;
};

bank river_at(double y) {
  const double near = (y - horizon) / (0.75 - horizon);
  return {0.56 + 0.16 * std::sin(5.2 * std::pow(near, 0.6)) - 0.1 * near,
          0.006 + 0.21 * near * near};
}

rgb ground(double x, double y) {
  const double near = std::max(0.004, y - horizon);
  const double far = 0.14 / near;
  const double patch = fractal((x - 0.5) * far * 6, far * 5, 5, 21);
  const double blade = fractal((x - 0.5) * far * 70, far * 160, 3, 31) - 0.5;
  const rgb meadow =
      mix({0.23, 0.36, 0.10}, {0.66, 0.60, 0.22}, smooth(0.35, 0.7, patch)) * (1 + 0.9 * blade);
  const rgb hazy = mix({0.74, 0.64, 0.46}, meadow, smooth(0, 0.11, near));

  const bank water = river_at(y);
  const double edge = std::abs(x - water.middle) + 0.006 * (patch - 0.5) - water.half_width;
  if (edge > 0) return mix({0.38, 0.33, 0.22}, hazy, smooth(0, 0.003 + 0.02 * near, edge));
  const double wave = fractal((x - 0.5) * far * 9, far * 75, 4, 71) - 0.5;
  const double mirrored = horizon - near * 0.62 + wave * 0.11;
  rgb c = mix(mountains(x + wave * 0.03, mirrored, sky(x, mirrored)), {0.10, 0.20, 0.26}, 0.32);
  return c + rgb{1.0, 0.85, 0.60} * (0.5 * smooth(0.17, 0.3, wave));
}

// A conifer standing at (x, y); true with its colour where it covers the pixel.
bool tree(double x, double y, double at_x, double at_y, double size, int seed, rgb& c) {
  const double up = (at_y - y) / size;
  const double side = std::abs(x - at_x) / size;
  if (up < 0 || up > 1 || side > 0.3) return false;
  const double tooth = 0.06 * std::abs(std::sin(up * 26 + seed));
  const double rough = 0.05 * value_noise(x * 400, y * 400, seed);
  if (up < 0.08 ? side > 0.025 : side > 0.25 * (1 - up) + tooth * (1 - up) - rough) return false;
  const double light = smooth(-0.2, 0.2, (x - at_x) / size);
  const double needle = value_noise(x * 500, y * 700, seed + 1);
  c = mix({0.04, 0.11, 0.08}, {0.20, 0.32, 0.12}, light * 0.6 + needle * 0.5);
  return true;
}

rgb forest(double x, double y, rgb behind) {
  constexpr int count = 70;
  for (int i = count - 1; i >= 0; --i) {  // the nearest first
    const double near = std::pow((i + 0.5) / count, 2.2);
    const double at_y = horizon + 0.004 + 0.30 * near;
    const double size = 0.02 + 0.27 * near;
    const bank water = river_at(at_y);
    const double away = 0.02 + 0.25 * size + lattice(i, 1, 5) * (0.35 + 0.3 * near);
    const bool left = lattice(i, 2, 5) < 0.35;
    const double at_x = water.middle + (left ? -1.9 : 1.0) * (water.half_width + away);
    rgb c{};
    if (tree(x, y, at_x, at_y, size, i, c))
      return mix(c, {0.80, 0.66, 0.50}, smooth(0.05, 0, near) * 0.6);
  }
  return behind;
}

// The mill on the left bank, with its wheel in the water.
rgb mill(double x, double y, rgb behind) {
  const double px = (x - 0.245) / 0.1;  // the house is 2 wide, and as high as -1 .. 1
  const double py = (y - 0.475) / 0.1;
  const double turn = std::atan2(y - 0.545, x - 0.375);
  const double out = std::hypot(x - 0.375, y - 0.545) / 0.062;
  const double grain = fractal(x * 160, y * 160, 3, 90) - 0.5;
  const bool rim = out < 1 && out > 0.84;
  const bool spoke = out < 0.9 && std::abs(std::sin(turn * 4)) < 0.09 / std::max(0.15, out);
  const bool paddle = out < 1.1 && out > 0.8 && std::sin(turn * 16) > 0.55;
  if (out < 0.12 || rim || spoke || paddle) return rgb{0.30, 0.19, 0.11} * (1 + grain);
  const double eaves = -0.35 - 0.75 * (1 - std::abs(px) / 1.2);
  if (std::abs(px) < 1.2 && py > eaves && py < -0.3)
    return rgb{0.52, 0.20, 0.13} * (0.85 + grain + 0.12 * std::sin(py * 60));
  if (std::abs(px) > 1 || py < -0.35 || py > 0.85) return behind;
  const bool window = std::abs(std::abs(px) - 0.5) < 0.16 && std::abs(py - 0.05) < 0.19;
  const bool cross = std::abs(std::abs(px) - 0.5) < 0.02 || std::abs(py - 0.05) < 0.02;
  if (window) return cross ? rgb{0.3, 0.2, 0.15} : rgb{1.0, 0.84, 0.45};
  if (std::abs(px) < 0.15 && py > 0.3) return rgb{0.28, 0.17, 0.10} * (1 + grain);
  const bool timber =
      std::abs(px) > 0.92 || std::abs(py - 0.27) < 0.03 || std::abs(py + 0.3) < 0.05;
  const rgb wall = timber ? rgb{0.36, 0.23, 0.14} : rgb{0.90, 0.83, 0.70};
  return wall * (0.78 + 0.2 * smooth(-1, 1, px) + 0.5 * grain);
}

vips::VImage river() {
  return painted(1600, 1200, 3, [](double x, double y) {
    rgb c = y < horizon ? mountains(x, y, sky(x, y)) : ground(x, y);
    c = forest(x, y, c);
    c = mill(x, y, c);
    const double film = (lattice(static_cast<int>(x * 1600), static_cast<int>(y * 1600), 99) - 0.5);
    return opaque(c * (1 + 0.03 * film));
  });
}

// Hills in the morning, one behind the other in the mist. 3:2.
vips::VImage mist() {
  return painted(1200, 800, 3, [](double x, double y) {
    rgb c = mix({0.98, 0.86, 0.74}, {0.62, 0.74, 0.86}, smooth(0.4, 0, y));
    const double sun = std::hypot(x - 0.3, y - 0.17);
    c = mix(c, {1.0, 0.97, 0.88}, std::exp(-sun * 10) + smooth(0.05, 0.045, sun));
    for (int i = 0; i < 6; ++i) {
      const double hill_top =
          0.20 + 0.075 * i - 0.10 * (fractal(x * (2.5 + i) + 9 * i, 0, 3, i) - 0.4);
      if (y < hill_top - 0.012 * fractal(x * 90, i, 2, 7)) continue;
      const rgb hill = mix({0.66, 0.74, 0.80}, {0.09, 0.20, 0.24}, i / 5.0);
      c = mix(hill, {0.93, 0.90, 0.86},
              smooth(0, 0.13, y - hill_top + 0.05 * (fractal(x * 6, y * 30, 3, 50) - 0.5)) * 0.75);
    }
    return opaque(c);
  });
}

// A leaf on nothing: transparent around it, soft at the rim. Square.
vips::VImage leaf() {
  return painted(640, 640, 4, [](double x, double y) -> std::vector<double> {
    // Along the midrib, and across it.
    const double along = ((x - 0.12) + (0.88 - y)) / 1.52;
    const double across = ((x - 0.12) - (0.88 - y)) / 1.52 + 0.06 * std::sin(along * 3.1);
    const double half =
        0.27 * std::pow(std::max(0.0, std::sin(along * 3.14159)), 0.8) * (1.15 - 0.5 * along);
    const double serrated = half * (1 + 0.03 * std::asin(std::sin(along * 70)));
    const bool stalk = along < 0.05 && along > -0.08 && std::abs(across) < 0.009;
    const double rim = along > 0 && along < 1 ? serrated - std::abs(across) : -1;
    const double cover = stalk ? 1 : smooth(0, 0.004, rim);
    const double vein = std::sin((along - std::abs(across) * 0.85) * 50);
    const double fine = fractal(x * 14, y * 14, 2, 3);
    rgb c = mix({0.16, 0.42, 0.10}, {0.62, 0.72, 0.20}, fine * 0.6 + along * 0.3);
    c = mix(c, {0.78, 0.84, 0.46}, smooth(0.93, 1, vein) * 0.7);
    c = mix(c, {0.85, 0.88, 0.55}, smooth(0.008, 0.003, std::abs(across)));
    if (across < 0) c = c * 0.88;
    return {c.r, c.g, c.b, cover};
  });
}

// One turn of a mill wheel over water, in a few flat colours.
vips::VImage wheel() {
  constexpr int frames = 12;
  constexpr int side = 240;
  std::vector<vips::VImage> film;
  for (int frame = 0; frame < frames; ++frame)
    film.push_back(painted(side, side, 3, [frame](double x, double y) {
      const double out = std::hypot(x - 0.5, y - 0.46) / 0.36;
      const double turn = std::atan2(y - 0.46, x - 0.5) + frame * 3.14159 / 4 / frames;
      const bool wood = out < 0.13 || (out > 0.78 && out < 0.92) ||
                        (out < 0.85 && std::abs(std::sin(turn * 4)) < 0.13 / std::max(0.2, out)) ||
                        (out > 0.7 && out < 1.1 && std::sin(turn * 16) > 0.4);
      const double flow = std::sin((x * 8 + frame * 2.0 / frames) * 3.14159);
      const bool water = y > 0.76 + 0.012 * flow;
      if (wood) return opaque(water ? rgb{0.25, 0.27, 0.30} : rgb{0.45, 0.28, 0.15});
      if (!water) return opaque({0.97, 0.91, 0.78});
      const double crest = std::sin((x * 8 + frame * 2.0 / frames + y * 9) * 3.14159);
      return opaque(crest > 0.75 ? rgb{0.75, 0.88, 0.93} : rgb{0.22, 0.50, 0.66});
    }));
  auto all = vips::VImage::arrayjoin(film, vips::VImage::option()->set("across", 1)).copy();
  all.set("page-height", side);
  all.set("delay", std::vector<int>(frames, 70));
  all.set("loop", 0);
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || VIPS_INIT(argv[0]) != 0) {
    std::cerr << "usage: make_samples FOLDER\n";
    return 1;
  }
  const std::string folder = std::string(argv[1]) + "/";
  using vips::VImage;
  river().jpegsave(
      (folder + "river.jpg").c_str(),
      VImage::option()->set("Q", 78)->set("strip", true)->set("optimize_coding", true));
  mist().webpsave((folder + "mist.webp").c_str(),
                  VImage::option()->set("Q", 80)->set("strip", true));
  leaf().pngsave((folder + "leaf.png").c_str(),
                 VImage::option()->set("compression", 9)->set("strip", true)->set("palette", true));
  wheel().gifsave((folder + "wheel.gif").c_str(), VImage::option()->set("bitdepth", 4));
  vips_shutdown();
  return 0;
}
