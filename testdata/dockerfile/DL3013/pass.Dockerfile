FROM python:3.12
RUN pip install requests==2.32.3 'flask>=3,<4' "six!=1.0" black~=24.1
RUN pip install -r requirements.txt && pip install --requirement=dev.txt wheel
RUN pip install -c constraints.txt six
RUN pip install .
RUN pip install ./dist/app.whl app.whl lib/app
RUN pip install git+https://example.com/a/b.git@0123abc#egg=b
RUN pip install --root-user-action ignore -i https://example.com/x six==1.16.0
RUN pipenv install six; pip list; pipx install poetry==1.8.5
RUN pip install .[dev]
