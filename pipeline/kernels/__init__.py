"""Compiled per-byte work over Arrow buffers, each kernel with a plain reference that the tests compare."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path


def _writable(folder: Path) -> bool:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK | os.X_OK)


# numba keeps compiled kernels beside the package, else below the home, and raises where both are read-only. The place
# has to be set before the first import of numba. It is our own, private folder: its files are loaded as code.
if "NUMBA_CACHE_DIR" not in os.environ and "numba" not in sys.modules:
    _own = Path(__file__).parent / "__pycache__"
    _home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    if not _writable(_own) and not _writable(_home):
        _folder, _pid = tempfile.mkdtemp(prefix="reinschrift-kernels-"), os.getpid()
        os.environ["NUMBA_CACHE_DIR"] = _folder

        @atexit.register
        def _clean() -> None:
            if os.getpid() == _pid:  # not in a forked worker
                shutil.rmtree(_folder, ignore_errors=True)
