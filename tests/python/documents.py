"""Documents out, read back by libraries that ykien was not written with: python documents.py PORTS_FILE

Every format of the consolidated table of the demo is held against the service's own answers of the same revision: each
comment once with its words, the totals those of the aggregate. Then a comment sheet and a decision sheet are filled in with
openpyxl, as an officer would in Excel, and sent. The first thing that is not so ends it with exit code 1.
"""

import base64
import collections
import csv
import io
import json
import re
import subprocess
import sys
import tempfile
import unicodedata
import urllib.error
import urllib.parse
import urllib.request

import docx
import openpyxl

DEADLINE_SECONDS = 120
GROUPINGS = ("section", "status", "agency", "responsible")
STATUS_WORDS = {
    "vi": {
        "pending": "Chờ xử lý",
        "accepted": "Tiếp thu",
        "partially_accepted": "Tiếp thu một phần",
        "rejected": "Không tiếp thu",
        "withdrawn": "Đã rút",
    },
    "en": {
        "pending": "Pending",
        "accepted": "Accepted",
        "partially_accepted": "Partially accepted",
        "rejected": "Rejected",
        "withdrawn": "Withdrawn",
    },
}


class Wrong(Exception):
    """A document does not say what the service says."""


def check(fact: bool, claim: str):
    if not fact:
        raise Wrong(claim)


def say(line: str):
    print(line, flush=True)


class Api:
    """The admin API with a client's token."""

    def __init__(self, url: str, client: dict):
        self.url = url
        secret = f"{client['id']}:{client['secret']}".encode()
        answer = self.send(
            "POST",
            "/oauth2/token",
            b"grant_type=client_credentials",
            {
                "Authorization": "Basic " + base64.b64encode(secret).decode(),
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        self.authorization = {"Authorization": "Bearer " + json.loads(answer)["access_token"]}

    def send(self, method: str, path: str, body: bytes | None, headers: dict) -> bytes:
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise Wrong(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def get(self, path: str, **query) -> bytes:
        query = "?" + urllib.parse.urlencode(query) if query else ""
        return self.send("GET", path + query, None, self.authorization)

    def json(self, path: str, **query) -> dict:
        return json.loads(self.get(path, **query))

    def post(self, path: str, body: bytes, **query) -> dict:
        query = "?" + urllib.parse.urlencode(query) if query else ""
        kind = {"Content-Type": "application/octet-stream"}
        return json.loads(self.send("POST", path + query, body, self.authorization | kind))

    def pages(self, path: str, **query) -> list[dict]:
        items, token = [], ""
        while True:
            page = self.json(path, page_size=1000, page_token=token, **query)
            items += page["items"]
            token = page["next_page_token"]
            if not token:
                return items


def words(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text).split()


def bare(text: str) -> str:
    """Without white space: what remains of a text however it was broken into lines and cells."""
    return "".join(words(text))


def texts(comment: dict) -> list[str]:
    """What a comment says and what was answered: each has to stand in every document."""
    parts = [comment["title"], comment["text"], comment["proposed_change"], comment["anchor"]["quote"]]
    if comment["decision"]:
        parts.append(comment["decision"]["explanation"])
    return [part for part in parts if part]


def of_json(api: Api, document: str, comments: dict, totals: dict):
    read = json.loads(api.get(document, format="json"))
    check(read["totals"]["total"] == sum(totals.values()), "the JSON's total")
    by_status = {row["status"]: row["count"] for row in read["totals"]["by_status"] if row["count"]}
    check(by_status == totals, f"the JSON's totals {by_status} are {totals}")
    check([row["number"] for row in read["comments"]] == list(comments), "the JSON's comments in order")
    for row in read["comments"]:
        check(texts(row) == texts(comments[row["number"]]), f"comment {row['number']} in the JSON")
    say(f"json: {len(read['comments'])} comments, totals as counted")


def of_csv(api: Api, document: str, comments: dict):
    read = api.get(document, format="csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(read)))
    check(len(rows) == len(comments) + 1, f"{len(rows) - 1} rows of CSV are {len(comments)}")
    for row, comment in zip(rows[1:], comments.values()):
        check(row[0] == str(comment["number"]), "the CSV's order")
        said = bare("".join(row))
        for text in texts(comment):
            check(bare(text) in said, f"comment {comment['number']} in the CSV")
        check(not any(cell[:1] in "=+-@\t\r" and cell[:1] for cell in row), f"a formula in the CSV: {row}")
    say(f"csv: {len(rows) - 1} rows")


def of_workbook(api: Api, document: str, comments: dict, totals: dict, language: str):
    content = api.get(document, format="xlsx", language=language)
    cached = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    formulas = openpyxl.load_workbook(io.BytesIO(content))
    check(len(cached.sheetnames) == 5, f"totals and four views, not {cached.sheetnames}")
    for name in cached.sheetnames[1:]:
        sheet = cached[name]
        check(bool(sheet.freeze_panes) and bool(sheet.auto_filter.ref), f"{name}: frozen header and filter")
        header, *rows = sheet.iter_rows(values_only=True)
        place = next(at for at, title in enumerate(header) if title in ("Số", "Number", "No."))
        said = {int(row[place]): bare("".join(str(cell) for cell in row if cell is not None)) for row in rows}
        check(len(rows) == len(comments), f"{name}: {len(rows)} rows are {len(comments)} comments")
        check(set(said) == set(comments), f"{name}: each comment once")
        for number, comment in comments.items():
            for text in texts(comment):
                check(bare(text) in said[number], f"{name}: comment {number}: {text[:60]}")
    first, plain = formulas[formulas.sheetnames[0]], cached[cached.sheetnames[0]]
    counted = {}
    for row in plain.iter_rows():
        for cell in row:
            for status, word in STATUS_WORDS[language].items():
                if cell.value == word and status not in counted and cell.column <= 2:
                    values = [c for c in row if isinstance(c.value, (int, float)) and not isinstance(c.value, bool)]
                    if values:
                        counted[status] = values[0].value
                        formula = first[values[0].coordinate].value
                        check(str(formula).startswith("="), f"{word} is a formula, not {formula}")
    found = {status: count for status, count in counted.items() if count}
    check(found == totals, f"the workbook's totals {found} are {totals}")
    number = sum(1 for row in first.iter_rows() for cell in row if str(cell.value).startswith("="))
    say(f"xlsx {language}: 4 views of {len(comments)} comments, {number} formulas, totals as counted")


def of_text(api: Api, document: str, comments: dict, totals: dict, language: str, by: str):
    read = docx.Document(io.BytesIO(api.get(document, format="docx", language=language, group_by=by)))
    whole = bare("\n".join(paragraph.text for paragraph in read.paragraphs))
    for status, count in totals.items():
        word = bare(STATUS_WORDS[language][status]).lower()
        check(
            re.search(re.escape(word) + r"\D{0,3}" + str(count) + r"(?!\d)", whole.lower()) is not None,
            f"docx {language} by {by}: the text says {word} {count}",
        )
    table = max(read.tables, key=lambda table: len(table._tbl.tr_lst))
    mark = {"vi": r"\(số(\d+)", "en": r"\(no\.?(\d+)"}[language]
    said = {}
    for row in table._tbl.tr_lst:
        row_text = bare("".join(node.text or "" for node in row.iter() if node.tag.endswith("}t")))
        numbers = re.findall(mark, row_text, re.IGNORECASE)
        if numbers:
            check(int(numbers[0]) not in said, f"comment {numbers[0]} stands once")
            said[int(numbers[0])] = row_text
    check(set(said) == set(comments), f"docx {language} by {by}: {len(said)} rows are {len(comments)}")
    for number, comment in comments.items():
        for text in texts(comment):
            check(bare(text) in said[number], f"docx {language} by {by}: comment {number}: {text[:60]}")
    repeated = [row for row in table._tbl.tr_lst if row.xpath("./w:trPr/w:tblHeader")]
    check(len(repeated) >= 1, "the header is repeated")
    say(f"docx {language} by {by}: {len(said)} rows, header repeated")


def of_pdf(api: Api, document: str, comments: dict, language: str, by: str):
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(api.get(document, format="pdf", language=language, group_by=by))
        file.flush()
        run = lambda *command: subprocess.run(command, check=True, capture_output=True).stdout.decode()
        text = run("pdftotext", "-raw", "-enc", "UTF-8", file.name, "-")
        fonts = run("pdffonts", file.name).splitlines()[2:]
        pages = int(re.search(r"Pages:\s+(\d+)", run("pdfinfo", file.name))[1])
    check(fonts and all(" yes yes " in font for font in fonts), f"every font embedded and subset: {fonts}")
    whole = bare(text)
    # A cell may go on on the next page: what stands between is the page's foot and the table's head, so a text is looked for in
    # one piece, and where it is not in one, by its words.
    mark = {"vi": r"\(số(\d+)", "en": r"\(no\.?(\d+)"}[language]
    found = collections.Counter(int(number) for number in re.findall(mark, whole, re.IGNORECASE))
    check(set(found) == set(comments), f"pdf {language}: every comment's number")
    left = collections.Counter(words(text))
    split = 0
    for number, comment in comments.items():
        for part in texts(comment):
            if bare(part) in whole:
                continue
            split += 1
            pieces = [word for word in words(part) if len(word) > 1]
            missing = [word for word in pieces if word not in left and word not in whole]
            check(not missing, f"pdf {language}: comment {number} lacks {missing}")
    check(split <= 2 * pages, f"pdf {language}: {split} texts in several pieces on {pages} pages")
    say(f"pdf {language} by {by}: {len(found)} comments on {pages} pages, {split} texts over a page's end")


def rows_of(content: bytes) -> list[str]:
    """The text of each row of the largest table of a .docx."""
    table = max(docx.Document(io.BytesIO(content)).tables, key=lambda table: len(table._tbl.tr_lst))
    said = lambda row: "".join(node.text or "" for node in row.iter() if node.tag.endswith("}t"))
    return [bare(said(row)) for row in table._tbl.tr_lst]


def of_slip(contributor: Api, draft: str, code: str):
    seen = contributor.pages(f"/v1/drafts/{draft}/comments")
    own = [comment for comment in seen if comment["agency"] == code]
    for language in STATUS_WORDS:
        rows = rows_of(contributor.get(f"/v1/drafts/{draft}/documents/slip", format="docx", language=language))
        for comment in own:
            found = [row for row in rows if row.startswith(str(comment["number"])) and bare(comment["text"]) in row]
            check(len(found) == 1, f"slip {language}: comment {comment['number']} once")
            if comment["decision"]:
                check(bare(STATUS_WORDS[language][comment["status"]]) in found[0], f"its outcome: {found[0]}")
                check(bare(comment["decision"]["explanation"]) in found[0], f"its reason: {found[0]}")
        check(sum(row[:1].isdigit() for row in rows) == len(own), f"slip {language}: only its own {len(own)}")
    say(f"slip of {code}: {len(own)} comments with what became of them")


def of_directives(drafter: Api, draft: str):
    issued = drafter.pages(f"/v1/drafts/{draft}/directives")
    for language in STATUS_WORDS:
        rows = rows_of(drafter.get(f"/v1/drafts/{draft}/documents/directives", format="docx", language=language))
        for directive in issued:
            check(sum(bare(directive["text"]) in row for row in rows) == 1, f"directive {directive['number']} once")
    say(f"directives: {len(issued)}, word for word")


def of_form(drafter: Api, draft: str, comments: dict):
    path = f"/v1/drafts/{draft}/documents/iso_form"
    sheet = openpyxl.load_workbook(io.BytesIO(drafter.get(path, format="xlsx"))).worksheets[0]
    books = [bare("".join(str(cell) for cell in row if cell is not None)) for row in sheet.iter_rows(values_only=True)]
    for kind, rows in (("xlsx", books), ("docx", rows_of(drafter.get(path, format="docx")))):
        for comment in comments.values():
            check(any(all(bare(text) in row for text in texts(comment)) for row in rows), f"form {kind}: {comment['number']}")
        check(len(comments) <= len(rows) <= len(comments) + 6, f"form {kind}: {len(rows)} rows")
    say(f"ISO form: {len(comments)} comments, as workbook and as text")


def fill_comment_sheet(drafter: Api, contributor: Api, draft: str):
    sheet = contributor.get(f"/v1/drafts/{draft}/documents/comment_sheet")
    book = openpyxl.load_workbook(io.BytesIO(sheet))
    page = book[book.sheetnames[1]]
    check(page.protection.sheet, "the sheet is protected")
    check(len(page.data_validations.dataValidation) >= 2, "drop-downs for section and kind")
    header = next(
        row for row in page.iter_rows() if sum("/" in str(cell.value) or "\n" in str(cell.value) for cell in row) >= 3
    )
    column = lambda word: next(cell.column for cell in header if str(cell.value).lower().endswith(word))
    section, comment = column("section"), column("comment")
    entries = [cell.value for cell in book[book.sheetnames[2]]["A"] if cell.value and "[#" in str(cell.value)]
    first = header[0].row + 1
    page.cell(first, section).value = entries[1]
    page.cell(first, comment).value = "Đề nghị bổ sung căn cứ pháp lý.\nDòng thứ hai: = không phải công thức."
    page.cell(first + 1, section).value = "Mục không có"
    page.cell(first + 1, comment).value = "Dòng này sai mục."
    check(not page.cell(first, comment).protection.locked, "the cells to fill in are not locked")
    filled = io.BytesIO()
    book.save(filled)
    path = f"/v1/drafts/{draft}/comment-sheets"
    tried = contributor.post(path, filled.getvalue(), dry_run="true")
    taken = contributor.post(path, filled.getvalue())
    check((tried["submitted"], tried["refused"]) == (1, 1), f"the dry run: {tried}")
    check((taken["submitted"], taken["refused"]) == (1, 1), f"the first sending: {taken}")
    wrong = next(row for row in taken["rows"] if row["outcome"] == "refused")
    cell = page.cell(first + 1, section).coordinate
    check(wrong["cell"] == cell, f"the wrong cell is {cell}: {wrong}")
    page.cell(first + 1, section).value = entries[2]
    corrected = io.BytesIO()
    book.save(corrected)
    again = contributor.post(path, corrected.getvalue())
    check((again["submitted"], again["unchanged"], again["refused"]) == (1, 1, 0), f"the corrected sheet: {again}")
    numbers = sorted(row["number"] for row in again["rows"])
    stored = drafter.json(f"/v1/drafts/{draft}/comments/{numbers[0]}")
    check(stored["text"].endswith("không phải công thức."), f"the text as typed: {stored['text']}")
    say(f"comment sheet: row refused at {cell}, corrected, comments {numbers}; sent again: nothing new")
    return numbers


def fill_decision_sheet(drafter: Api, draft: str, numbers: list[int]):
    sheet = drafter.get(f"/v1/drafts/{draft}/documents/decision_sheet")
    book = openpyxl.load_workbook(io.BytesIO(sheet))
    page = book[book.sheetnames[0]]
    titles = {str(cell.value): cell.column for cell in page[1]}
    number, outcome, explanation = titles["Số"], titles["Quyết định"], titles["Giải trình"]
    rows = {int(row[number - 1].value): row[0].row for row in page.iter_rows(min_row=2)}
    check(not page.cell(rows[numbers[0]], outcome).protection.locked, "the cells to fill in are not locked")
    for each, word in zip(numbers, ("Tiếp thu một phần", "Không tiếp thu")):
        page.cell(rows[each], outcome).value = word
        page.cell(rows[each], explanation).value = "Đã có tại điểm 3 của báo cáo."
    filled = io.BytesIO()
    book.save(filled)
    # Meanwhile somebody decides one of them otherwise.
    body = json.dumps({"outcome": "accepted"}).encode()
    headers = drafter.authorization | {"Content-Type": "application/json"}
    drafter.send("PUT", f"/v1/drafts/{draft}/comments/{numbers[1]}/decision", body, headers)
    path = f"/v1/drafts/{draft}/decision-sheets"
    tried = drafter.post(path, filled.getvalue(), dry_run="true")
    taken = drafter.post(path, filled.getvalue())
    again = drafter.post(path, filled.getvalue())
    counts = lambda report: (report["decided"], report["unchanged"], report["refused"])
    check(counts(tried) == counts(taken) == (1, 0, 1), f"one decided, one in conflict: {tried} {taken}")
    check(counts(again) == (0, 1, 1), f"sent again: {again}")
    conflict = next(row for row in taken["rows"] if row["outcome"] == "refused")
    check((conflict["number"], conflict["reason"]) == (numbers[1], "STALE_ETAG"), f"the conflict: {conflict}")
    decided = drafter.json(f"/v1/drafts/{draft}/comments/{numbers[0]}")
    check(decided["status"] == "partially_accepted", f"decided: {decided}")
    say(f"decision sheet: {numbers[0]} decided, {numbers[1]} in conflict and left as it was")


def main():
    ports = json.load(open(sys.argv[1], encoding="utf-8"))
    drafter, contributor = Api(ports["admin"], ports["drafter_client"]), Api(ports["admin"], ports["agency_client"])
    draft = ports["draft"].removeprefix("drafts/")
    comments = {comment["number"]: comment for comment in drafter.pages(f"/v1/drafts/{draft}/collection")}
    counted = drafter.json(f"/v1/drafts/{draft}/aggregate", group_by="status")
    totals = {row["key"]["status"]: row["count"] for row in counted["rows"]}
    check(sum(totals.values()) == len(comments), "as many as are counted")
    summary = f"/v1/drafts/{draft}/documents/summary"
    of_json(drafter, summary, comments, totals)
    of_csv(drafter, summary, comments)
    for language in STATUS_WORDS:
        of_workbook(drafter, summary, comments, totals, language)
    for by in GROUPINGS:
        of_text(drafter, summary, comments, totals, "vi", by)
    of_text(drafter, summary, comments, totals, "en", "section")
    of_pdf(drafter, summary, comments, "vi", "section")
    of_pdf(drafter, summary, comments, "en", "status")
    of_slip(contributor, draft, ports["agency_client"]["agency"])
    of_directives(drafter, draft)
    of_form(drafter, draft, comments)
    numbers = fill_comment_sheet(drafter, contributor, draft)
    fill_decision_sheet(drafter, draft, numbers)


if __name__ == "__main__":
    try:
        main()
    except Wrong as wrong:
        sys.exit(f"WRONG: {wrong}")
