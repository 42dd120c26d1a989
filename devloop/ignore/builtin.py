"""What is ignored in every project?"""

from devloop.ignore.rules import Rules

# No rule brings these back: a line `!*/` must not make us watch git's own files or our own output.
NEVER = frozenset({".git", ".stigmer"})

_LINES = """\
# made by Python and its tools
__pycache__/
*.py[co]
*.egg-info/
.venv/
.tox/
.nox/
.eggs/
.mypy_cache/
.pytest_cache/
.ruff_cache/
.hypothesis/
.ipynb_checkpoints/
.coverage
.coverage.*

# other tools
node_modules/
.hg/
.svn/
.jj/
.direnv/

# Vim writes a file called 4913 to test the directory.
4913
.*.sw?
.*.sw??
*.swp
*~
# Emacs: locks and automatic saves
.#*
\\#*#
# JetBrains writes beside the file, then renames.
*___jb_tmp___
*___jb_old___
*___jb_bak___
.idea/
.vscode/
# Kate, GNOME, FUSE, NFS, KDE
*.kate-swp
.goutputstream-*
.fuse_hidden*
.nfs????????????????????????
.directory

# desktops
.DS_Store
._*
Thumbs.db
desktop.ini
"""

BUILT_IN = Rules("built-in", _LINES)
