"""Too deep a recursion: equal frames are one."""
import truth


def fall(n):
    return fall(n + 1)  # <- deep


truth.crash("exception", code=1, type="RecursionError", headline=["RecursionError"], frames=[truth.at("deep", "fall")], most_frames=20)
fall(0)
