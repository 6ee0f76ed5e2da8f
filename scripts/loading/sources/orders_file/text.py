"""From a file to records: compression, encoding, delimiter, quoting."""

import codecs
import csv
import gzip
import io
import zlib
from typing import NamedTuple

from ...errors import LoadError

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"
DELIMITERS = ",;\t"
# two-byte Chinese text that happens to be valid UTF-8 gives characters below this one
FIRST_THREE_BYTE_CHARACTER = "\u0800"
# stands for NUL, at which the csv module of Python 3.10 stops
NUL_MARK = "\ufdd0"


class Record(NamedTuple):
    """A record of the file; ``cells`` is None when ``fault`` says what is wrong."""

    line: int  # number of its first line, from 1
    cells: list | None
    fault: str | None = None


def read_records(path):
    """Header and records of a delimited text file, gzipped or not.

    :return: list of the column names, iterator of ``Record``, without blank lines
    :raise LoadError: when the file cannot be read or is no delimited text
    """
    text = decode(_read_bytes(path), path.name)
    if not text.strip():
        raise LoadError(f"{path.name} is empty: a line with column names is needed")
    delimiter = _delimiter(text)
    text = text.replace("\0", NUL_MARK)
    records = _records(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    header = next(records)
    if header.fault:
        raise LoadError(f"{path.name}, line {header.line}: {header.fault}")
    return [name.strip() for name in header.cells], records


def decode(data, name):
    """Text in UTF-8 with or without byte order mark, UTF-16 with one, or GB 18030.

    UTF-8 and GB 18030 may change from line to line, as in files put together.

    :param name: of the file, for the message
    :raise LoadError: when the bytes are none of these
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(data, "utf-16", name)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        lines = data.splitlines(keepends=True)
        return "".join(_decode_line(line, name) for line in lines)


def _read_bytes(path):
    try:
        data = path.read_bytes()
        if data.startswith(GZIP_MAGIC):
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise LoadError(f"{path} cannot be read: {error}") from error
    if data.startswith(ZIP_MAGIC):
        raise LoadError(f"{path.name} is a workbook or archive: save it as CSV")
    return data


def _decode_line(line, name):
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(line, "gb18030", name)
    if text.isascii() or any(char >= FIRST_THREE_BYTE_CHARACTER for char in text):
        return text
    return _decoded(line, "gb18030", name)


def _decoded(data, encoding, name):
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise LoadError(
            f"{name} is neither UTF-8 nor GB 18030 ({error.reason} at {data[:30]!r}): "
            "save it as UTF-8"
        ) from error


def _delimiter(text):
    header = text.lstrip().splitlines()[0]
    return max(DELIMITERS, key=header.count)


def _records(reader):
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(line, None, f"cannot be split into cells: {error}")
            continue
        if any(cell.strip() for cell in cells):
            yield _checked(line, cells, reader.line_num)


def _checked(line, cells, last_line):
    if any(NUL_MARK in cell for cell in cells):
        return Record(line, None, "holds a NUL character")
    if last_line - line > 20:
        return Record(line, None, f"runs to line {last_line}: is a quote not closed?")
    return Record(line, cells)
