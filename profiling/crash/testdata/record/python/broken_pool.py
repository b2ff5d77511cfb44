import os
from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    with ProcessPoolExecutor(1) as p:
        print(p.submit(os._exit, 3).result())
