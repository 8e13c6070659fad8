"""Write the files of this folder anew."""

from deploy.containers import FOLDER, contents

for name, text in contents().items():
    (FOLDER / name).parent.mkdir(exist_ok=True)
    (FOLDER / name).write_text(text, encoding="utf-8")
