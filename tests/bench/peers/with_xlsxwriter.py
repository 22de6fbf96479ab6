"""XlsxWriter in constant-memory mode: the workbook that ykien writes, sheet by sheet and cell by cell.

    python with_xlsxwriter.py FOLDER OUT

FOLDER holds section.json, status.json, responsible.json and agency.json: ykien's JSON export in each order, whose first line is all but
the comments and whose other lines are a comment each. Prints one line of JSON: the seconds of all, how many of them went
into reading, the peak of resident memory in KiB, and the bytes of the workbook.
"""

import json
import os
import resource
import sys
import time

import xlsxwriter

MAX_CELL = 32_767
STATUSES = {
    "pending": "Chờ xử lý",
    "accepted": "Tiếp thu",
    "partially_accepted": "Tiếp thu một phần",
    "rejected": "Không tiếp thu",
    "withdrawn": "Đã rút",
}
KINDS = {
    "general": "Chung",
    "substantive": "Nội dung",
    "technical": "Số liệu, kỹ thuật",
    "editorial": "Câu chữ, thể thức",
    "question": "Câu hỏi",
}
CHANNELS = {"written": "Bằng văn bản", "meeting": "Tại cuộc họp"}
VIEWS = {
    "section": "Theo mục",
    "status": "Theo trạng thái",
    "responsible": "Theo CQ chịu trách nhiệm",
    "agency": "Theo cơ quan góp ý",
}
# Key, heading, width.
COLUMNS = [
    ("number", "Số", 7),
    ("section", "Mục", 24),
    ("responsible", "Cơ quan chịu trách nhiệm", 13),
    ("agency", "Cơ quan góp ý", 13),
    ("quote", "Nội dung được trích dẫn hoặc còn thiếu", 18),
    ("title", "Tiêu đề", 18),
    ("text", "Nội dung góp ý", 46),
    ("proposed_change", "Đề xuất sửa đổi", 32),
    ("status", "Trạng thái", 13),
    ("explanation", "Tiếp thu, giải trình", 36),
    ("agency_code", "Mã cơ quan", 13),
    ("kind", "Loại ý kiến", 13),
    ("channel", "Hình thức", 13),
    ("speaker", "Người phát biểu", 18),
    ("late", "Gửi muộn", 7),
    ("decided_by", "Cơ quan quyết định", 13),
    ("published", "Đã công bố", 13),
    ("implemented_in", "Thể hiện tại bản dự thảo", 13),
    ("received", "Thời điểm nhận", 18),
    ("round", "Đợt lấy ý kiến", 7),
    ("version", "Góp ý cho bản dự thảo", 13),
]
MARK = 2
KEYS = len(COLUMNS) + 1
FONT = {"font_name": "Times New Roman", "valign": "top", "text_wrap": True}

reading = 0.0


def lines(path):
    """The head of an export, then its comments."""
    global reading
    with open(path, encoding="utf-8") as file:
        begun = time.perf_counter()
        value = json.loads(file.readline() + "]}")
        reading += time.perf_counter() - begun
        yield value
        begun = time.perf_counter()
        for line in file:
            if line.startswith("]"):
                break
            value = json.loads(line.rstrip(",\n"))
            reading += time.perf_counter() - begun
            yield value
            begun = time.perf_counter()


def paths(sections):
    """Each section with those above it."""
    known = {section["id"]: section for section in sections}
    found = {0: "Toàn văn dự thảo"}
    for section in sections:
        steps, at = [], section
        while at and at["id"] != 0:
            between = ". " if at["label"] and at["heading"] else ""
            if between and at["label"][-1] in ".):":
                between = " "
            steps.append(at["label"] + between + at["heading"] + (" (đã bỏ)" if at["removed"] else ""))
            at = known.get(at["parent"])
        if steps:
            found[section["id"]] = " › ".join(reversed(steps))
    return found


def split(text):
    """What a cell holds, and the rest."""
    if len(text) <= MAX_CELL:
        return text, ""
    cut = text.rfind(" ", 0, MAX_CELL) + 1 or MAX_CELL
    return text[:cut], text[cut:]


class Book:
    def __init__(self, head, out):
        self.head = head
        self.book = xlsxwriter.Workbook(out, {"constant_memory": True})
        self.text = self.book.add_format(FONT)
        self.bold = self.book.add_format({**FONT, "bold": True})
        self.heading = self.book.add_format({**FONT, "bold": True, "align": "center", "bg_color": "#D9E2F3"})
        number = {**FONT, "align": "right", "num_format": '#,##0;-#,##0;"–"'}
        self.count = self.book.add_format(number)
        self.sum = self.book.add_format({**number, "bold": True})
        self.paths = paths(head["sections"])
        self.agencies = {agency["code"]: agency for agency in head["agencies"]}
        self.numbers = {code: number for number, code in enumerate(sorted(self.agencies), 1)}
        self.totals = self.book.add_worksheet("Tổng số")

    def short_name(self, code):
        agency = self.agencies.get(code)
        return agency["short_name"] if agency else code

    def values(self, comment):
        """What stands in each column."""
        decision = comment["decision"] or {}
        anchor = comment["anchor"]
        return {
            "number": comment["number"],
            "section": self.paths[anchor["section"]],
            "responsible": self.short_name(comment["responsible_agency"]),
            "agency": self.short_name(comment["agency"]),
            "quote": anchor["quote"],
            "title": comment["title"],
            "text": comment["text"],
            "proposed_change": comment["proposed_change"],
            "status": STATUSES[comment["status"]],
            "explanation": decision.get("explanation", ""),
            "agency_code": comment["agency"],
            "kind": KINDS[comment["kind"]],
            "channel": CHANNELS[comment["channel"]],
            "speaker": comment["speaker"],
            "late": "Có" if comment["late"] else "",
            "decided_by": self.short_name(decision["agency"]) if decision else "",
            "published": "Có" if decision.get("published") else "",
            "implemented_in": decision.get("implemented_in_version") or "",
            "received": comment["create_time"],
            "round": comment["round"],
            "version": comment["version"],
        }

    def view(self, by, comments):
        """A sheet with every comment; its number of rows."""
        sheet = self.book.add_worksheet(VIEWS[by])
        front = [by, "number"]
        keys = front + [key for key, _, _ in COLUMNS if key not in front]
        places = [place for place in range(len(COLUMNS) + 1) if place != MARK]
        columns = list(zip(places, keys))
        named = {key: (heading, width) for key, heading, width in COLUMNS}
        for place, key in columns:
            heading, width = named[key]
            sheet.set_column(place, place, width, self.text)
            sheet.write_string(0, place, heading, self.heading)
        sheet.set_column(MARK, MARK, 6, self.text)
        sheet.write_string(0, MARK, "Tiếp theo", self.heading)
        sheet.freeze_panes(1, MARK + 1)
        sheet.repeat_rows(0, 0)
        sheet.hide_gridlines(0)
        if by == "section":
            sheet.set_column(KEYS, KEYS + 3, None, None, {"hidden": True})
            for place, key in enumerate(["section", "status", "agency", "responsible"], KEYS):
                sheet.write_string(0, place, key)
        write_string, write_number, text = sheet.write_string, sheet.write_number, self.text
        row = 1
        for comment in comments:
            values = self.values(comment)
            left = {}
            for place, key in columns:
                value = values[key]
                if value == "":
                    continue
                if isinstance(value, int):
                    write_number(row, place, value, text)
                    continue
                piece, rest = split(value)
                if rest:
                    left[place] = rest
                write_string(row, place, piece, text)
            if by == "section":
                write_number(row, KEYS, comment["anchor"]["section"])
                write_string(row, KEYS + 1, comment["status"])
                write_number(row, KEYS + 2, self.numbers[comment["agency"]])
                write_number(row, KEYS + 3, self.numbers[comment["responsible_agency"]])
            row += 1
            while left:
                write_string(row, MARK, "(tiếp)", text)
                for place, rest in list(left.items()):
                    piece, left[place] = split(rest)
                    write_string(row, place, piece, text)
                left = {place: rest for place, rest in left.items() if rest}
                row += 1
        sheet.autofilter(0, 0, row - 1, len(COLUMNS))
        sheet.print_area(0, 0, row - 1, 10)
        self.page(sheet)
        return row

    def page(self, sheet):
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{self.head['draft']['id']}&C&P/&N&R{self.head['revision']}")

    def write_totals(self, rows):
        """The totals, as formulas with results."""
        sheet, head = self.totals, self.head
        letters = {key: xlsxwriter.utility.xl_col_to_name(KEYS + place) for place, key in enumerate("star")}
        keys = {key: f"'Theo mục'!${letter}$2:${letter}${rows}" for key, letter in letters.items()}
        for row, value in enumerate([head["draft"]["title"], head["draft"]["id"], str(head["revision"])]):
            sheet.write_string(row, 0, value)
        sums = head["totals"]
        sheet.write_formula(7, 2, f"=COUNT({keys['s']})", self.sum, sums["total"])
        row = 9

        def table(key, counts):
            nonlocal row
            for name, code, number, total, by_status in counts:
                sheet.write_string(row, 0, name, self.text)
                sheet.write_string(row, 1, code, self.text)
                sheet.write_formula(row, 2, f"=COUNTIF({keys[key]},$I${row + 1})", self.count, total)
                for place, word in enumerate(STATUSES if by_status is not None else (), 3):
                    formula = f'=COUNTIFS({keys[key]},$I${row + 1},{keys["t"]},"{word}")'
                    sheet.write_formula(row, place, formula, self.count, by_status.get(word, 0))
                sheet.write(row, 8, number)
                row += 1
            row += 2

        def split_of(entry):
            return {part["status"]: part["count"] for part in entry["by_status"]}

        table("t", [(STATUSES[one["status"]], "", one["status"], one["count"], None) for one in sums["by_status"]])
        for key, name in [("r", "by_responsible"), ("a", "by_agency")]:
            table(
                key,
                [
                    (self.agencies[one["agency"]]["name"], one["agency"], self.numbers[one["agency"]], one["count"], split_of(one))
                    for one in sums[name]
                ],
            )
        table("s", [(self.paths[one["section"]], "", one["section"], one["count"], split_of(one)) for one in sums["by_section"]])
        self.page(sheet)


def main(folder, out):
    begun = time.perf_counter()
    book = rows = None
    for by in VIEWS:
        comments = lines(os.path.join(folder, f"{by}.json"))
        head = next(comments)
        book = book or Book(head, out)
        # The formulas look at the first.
        rows = rows or 0
        count = book.view(by, comments)
        rows = rows or count
    book.write_totals(rows)
    book.book.close()
    answer = {
        "seconds": time.perf_counter() - begun,
        "reading": reading,
        "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "bytes": os.path.getsize(out),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
