"""E016: skills and pictures."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0160",
        "The picture cannot be written",
        "The directory of the file does not exist or is not yours, or the disk is full.",
        "Name another file.",
        """$ stigmer graph -o /gone/week.svg
Error: cannot write /gone/week.svg: No such file or directory""",
    ),
    ErrorPage(
        "E0161",
        "The directory is no skill",
        "A skill is a directory with a file SKILL.md, which says what it is for. There is no such directory, "
        "no SKILL.md in it, or SKILL.md is empty, too long, no UTF-8 text, or ignored by git.",
        "Name the directory of the skill, or mend its SKILL.md.",
        """$ stigmer skill push notes
Error: notes has no SKILL.md""",
    ),
    ErrorPage(
        "E0162",
        "A file of the skill cannot be packed",
        "A link leads out of the skill, to nothing, or in a circle, a name is too long or holds a sign that "
        "other systems do not know, or a file cannot be read. What is outside is never packed unseen.",
        "Copy what the link leads to, rename the file, or leave it out with a line in .gitignore.",
        """$ stigmer skill push reviewing
Error: reviewing/keys.txt leads out of the skill, to /home/anne/keys.txt""",
    ),
    ErrorPage(
        "E0163",
        "The skill is too large",
        "It has more than 10,000 files or 500 MiB, or its zip is larger than the 10 MiB that a server takes "
        "in one message.",
        "Leave out what agents do not need: lines in .gitignore, or another directory.",
        """$ stigmer skill push videos
Error: the skill is too large: its zip has 38.1 MiB, and 10 MiB are the most""",
    ),
    ErrorPage(
        "E0164",
        "The name or the tag of the skill is not allowed",
        "A name needs a letter or a digit; a tag has letters, digits, dots, _ and - only.",
        "Choose another one with --name or --tag.",
        """$ stigmer skill push --tag 'v 2'
Error: --tag: "v 2" is no tag""",
    ),
)
