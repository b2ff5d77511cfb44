"""A Process whose target raises; its parent does not look at the exit code."""
import truth


def serve(port):
    truth.crash("exception", code=1, type="PermissionError", headline=["PermissionError", "port 80"],
                frames=[truth.at("raise", "serve")], label="server")
    raise PermissionError("port %d" % port)  # <- raise


if __name__ == "__main__":
    p = truth.context().Process(target=serve, args=(80,), name="server")
    p.start()
    p.join()
