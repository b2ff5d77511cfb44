"""Pictures made smaller in parallel: work that computes.

    python3 examples/images.py            draws pictures, makes them smaller, compares
    python3 examples/images.py --watch    does it once with muster's screens
"""

import argparse
import os
import sys

import measure

try:
    from PIL import Image
except ImportError:
    measure.give_up("Pillow is not installed: %s -m pip install pillow, or on Debian and Ubuntu apt install python3-pil and /usr/bin/python3" % sys.executable)

SIZE = (1600, 1200)
WIDTHS = (800, 400, 160)


def draw(path):
    """Draws a picture and writes it to a file: circles, a gradient and some noise."""
    layers = Image.radial_gradient("L"), Image.linear_gradient("L"), Image.effect_noise((400, 300), 60)
    Image.merge("RGB", [layer.resize(SIZE) for layer in layers]).save(path, "JPEG", quality=90)


def resize(path):
    """Writes a picture in smaller sizes beside the originals. What goes to a worker is a path, and what
    comes back is a few numbers: a picture itself would cost more to hand over than to read again."""
    above, name = os.path.split(path)
    sizes = {}
    with Image.open(path) as picture:
        for width in WIDTHS:
            smaller = picture.resize((width, picture.height * width // picture.width), Image.LANCZOS)
            target = os.path.join(os.path.dirname(above), str(width), name)
            smaller.save(target, "JPEG", quality=85)
            sizes[width] = os.path.getsize(target)
    return sizes


def main():
    parser = argparse.ArgumentParser(description="Pictures made smaller in parallel.")
    parser.add_argument("--count", type=int, default=12, help="how many pictures")
    parser.add_argument("--watch", action="store_true", help="do it once, with muster's screens")
    options = parser.parse_args()

    muster, out = measure.find_muster(), measure.folder("images")
    for name in ("originals",) + tuple(str(w) for w in WIDTHS):
        os.mkdir(os.path.join(out, name))
    pictures = [os.path.join(out, "originals", "%03d.jpg" % n) for n in range(options.count)]
    items = os.path.join(out, "pictures.txt")
    with open(items, "w") as f:
        f.writelines(p + "\n" for p in pictures)

    def work(workers, function):
        results = os.path.join(out, "%s-%d.jsonl" % (function, workers))
        return ["-j", workers, "--py", os.path.abspath(__file__) + ":" + function, "--results", results, "::::", items]

    print("%d pictures of %d x %d are drawn, and made smaller in three sizes:" % (len(pictures), *SIZE), flush=True)
    several = max(2, measure.PROCESSORS)
    measure.muster_map(muster, *work(several, "draw"))
    if options.watch:
        sys.exit(measure.watch(muster, *work(several, "resize")))
    alone = measure.muster_map(muster, *work(1, "resize"))
    together = measure.muster_map(muster, *work(several, "resize"))
    more = measure.muster_map(muster, *work(4 * several, "resize"))
    measure.speed_up(alone, together, several)
    print("%d workers took %.2f s: work that computes gains nothing from more workers than processors" % (4 * several, more))
    print("The pictures are in %s" % os.path.relpath(out))


if __name__ == "__main__":
    main()
