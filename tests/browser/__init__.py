"""What the browser's tests stand on: a service whose recipes are quick fakes, and folders for it to begin with.

python -m tests.browser.service                 the service; settings from the environment, as ever
python -m tests.browser.project FOLDER WHAT     fills FOLDER: `empty`, `project`, or with so many jobs (`10000`)
"""
