"""What an uploaded file must be, and what is refused before anything of it is kept (ART-14, SEC-06)."""

from __future__ import annotations

import io
import zipfile

import pytest

from engine.artifacts import intake
from engine.artifacts.blob_folder import FolderBlobs
from engine.errors import (
    ActiveContentError,
    EmptyFileError,
    FileNameError,
    FileTypeError,
    UploadTooLargeError,
)

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(20)
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(20)
MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2" + bytes(40)
MP3 = b"ID3\x03\x00\x00\x00\x00\x00\x00" + bytes(40)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
EXE = b"MZ\x90\x00\x03\x00\x00\x00" + bytes(60)
HTML = b"<!doctype html><title>Hello</title><p style='color:red'>Good <b>day</b></p>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><rect width="4" height="4"/></svg>'
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def zipped(*names: str, first: bytes = b"x") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for place, name in enumerate(names):
            archive.writestr(name, first if place == 0 else b"x")
    return made.getvalue()


DOCX = zipped("[Content_Types].xml", "docProps/app.xml", "customXml/item1.xml", "word/document.xml")
XLSX = zipped("[Content_Types].xml", "xl/workbook.xml")
ODT = zipped("mimetype", "content.xml", first=b"application/vnd.oasis.opendocument.text")


@pytest.fixture
def blobs(tmp_path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


def kept(blobs: FolderBlobs) -> list[str]:
    return [path.name for path in blobs.folder.rglob("*") if path.is_file()]


def receive(blobs: FolderBlobs, data: bytes, name: str, most: int = 10_000_000) -> intake.Received:
    return intake.receive(blobs, io.BytesIO(data), name, most)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.png", PNG, "image/png"),
        ("A.PNG", PNG, "image/png"),
        ("a.jpeg", JPEG, "image/jpeg"),
        ("a.gif", b"GIF89a" + bytes(20), "image/gif"),
        ("a.webp", WEBP, "image/webp"),
        ("a.pdf", PDF, "application/pdf"),
        ("a.docx", DOCX, WORD),
        ("a.xlsx", XLSX, WORD.replace("wordprocessingml.document", "spreadsheetml.sheet")),
        ("a.odt", ODT, "application/vnd.oasis.opendocument.text"),
        ("a.zip", zipped("a.txt"), "application/zip"),
        ("a.doc", OLE, "application/x-ole-storage"),
        ("a.mp4", MP4, "video/mp4"),
        ("a.mp3", MP3, "audio/mpeg"),
        ("a.txt", "Grüße ☕\n".encode(), "text/plain"),
        ("a.txt", b"\xef\xbb\xbfwith a mark", "text/plain"),
        ("a.md", b"# Title\n\nOne < two and <b>three</b>\n", "text/markdown"),
        ("a.csv", b"a;b\r\n1;2\r\n", "text/csv"),
        ("a.json", b'{"a": 1}', "application/json"),
        ("a.xml", b'<?xml version="1.0"?><a/>', "text/xml"),
        ("a.html", HTML, "text/html"),
        ("mail.htm", b"<table><tr><td>Hello</td></tr></table>", "text/html"),
        ("a.svg", SVG, "image/svg+xml"),
        ("no extension", b"just words", "text/plain"),
        ("one.txt", b"1", "text/plain"),
        ("draft.sketch", bytes(range(256)), "application/octet-stream"),
        ("report..final.pdf", PDF, "application/pdf"),
        ("Bericht für Jörg 👩‍💻.pdf", PDF, "application/pdf"),
    ],
)
def test_a_file_that_is_what_its_name_says_is_kept_with_the_type_of_its_bytes(blobs, name, data, kind):
    got = receive(blobs, data, name)
    assert (got.file_name, got.content_type, got.blob.size) == (name, kind, len(data))
    assert blobs.verify(got.blob.sha256)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", HTML),
        ("a.png", b"just words"),
        ("a.png", JPEG),
        ("a.jpg", SVG),
        ("a.gif", PDF),
        ("a.pdf", HTML),
        ("a.pdf", b"\n" * 2000 + PDF),
        ("a.docx", zipped("a.txt")),
        ("a.docx", XLSX),
        ("a.xlsx", b"PK\x03\x04 and no zip"),
        ("a.zip", b"a;b\n1;2"),
        ("a.mp4", HTML),
        ("a.mp4", PDF),
        ("a.exe", HTML),
        ("a.txt", PNG),
        ("a.txt", EXE),
        ("a.txt", HTML),
        ("a.txt", b"caf\xe9"),
        ("a.txt", b"a" * 200_000 + b"\xff"),
        ("a.csv", b"a\x00b"),
        ("a.csv", "a;b".encode("utf-16")),
        ("a.json", b"\x1b]0;owned\x07"),
        ("a.md", b"  <!-- a --> <script>alert(1)</script>"),
        ("a.html", PDF),
        ("a.html", SVG),
        ("a.svg", b"just words"),
        ("a.svg", HTML),
    ],
)
def test_bytes_that_are_not_what_the_name_says_are_refused_and_not_kept(blobs, name, data):
    with pytest.raises(FileTypeError) as refused:
        receive(blobs, data, name)
    assert refused.value.code == "FILE_TYPE"
    assert refused.value.details[0]["field"] == "file"
    assert kept(blobs) == []


@pytest.mark.parametrize("name", ["empty.txt", "a.png", "a.pdf", "a.svg", "no extension"])
def test_an_empty_file_is_refused_and_not_kept(blobs, name):
    """R17: it proves nothing, and there is nothing in it to judge."""
    with pytest.raises(EmptyFileError, match="is empty") as refused:
        receive(blobs, b"", name)
    assert refused.value.details[0]["field"] == "file"
    assert kept(blobs) == []


@pytest.mark.parametrize(
    "name",
    [
        "", "   ", ".", "..", "...", None, "../a.txt", "..a.txt", "a/b.txt", "/etc/passwd", "C:\\a.txt",
        "..\\a.txt", "a\x00.txt", "a\n.txt", "a\x7f.txt", "a\x85.txt",
        "invoice\u202efdp.exe", "a\u2028b.txt",
        "\ud800.txt", "x" * 252 + ".txt",
    ],
)  # fmt: skip
def test_a_name_with_a_path_or_control_characters_is_refused_not_mended(blobs, name):
    with pytest.raises(FileNameError) as refused:
        receive(blobs, b"words", name)
    assert refused.value.code == "FILE_NAME"
    assert refused.value.message.isprintable()
    assert kept(blobs) == []


def test_a_name_of_255_characters_is_taken(blobs):
    assert len(receive(blobs, b"words", "x" * 251 + ".txt").file_name) == 255


def test_a_file_above_the_limit_is_refused_while_it_arrives_and_not_kept(blobs):
    class Endless:
        given = 0

        def read(self, size: int) -> bytes:
            self.given += size
            assert self.given < 10_000_000, "read on after the limit"
            return b"x" * size

    with pytest.raises(UploadTooLargeError) as refused:
        intake.receive(blobs, Endless(), "a.txt", 1_500_000)
    assert refused.value.code == "UPLOAD_TOO_LARGE"
    assert kept(blobs) == []
    assert receive(blobs, b"x" * 100, "a.txt", 100).blob.size == 100


@pytest.mark.parametrize(
    "html",
    [
        "<p>Hi</p><script>alert(1)</script>",
        "<SCRIPT src=//evil.example>",
        "<script\n>",
        "<script/x>",
        "<p onclick=alert(1)>",
        "<img src=x onerror='alert(1)'>",
        "<img src=x\nonerror\n=alert(1)>",
        "<img/src=x/onerror=alert(1)><b onfocus=x>",
        '<img title=">" onerror=alert(1)>',
        '<img a"> <b onclick=alert(1) c="">',
        "<custom-tag ONCLICK=alert(1)>",
        "<body onload=alert(1)>",
        "<html onclick=alert(1)>",
        "<svg onload=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' JaVa\tScRiPt&colon;alert(1)'>x</a>",
        "<a href='java&#10;script:alert(1)'>x</a>",
        "<a href='&#106;avascript:alert(1)'>x</a>",
        "<a href='vbscript:x'>x</a>",
        "<form action='javascript:alert(1)'><button formaction=javascript:x>",
        "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
        "<iframe src=https://evil.example></iframe>",
        "<iframe srcdoc='x'>",
        "<object data=x></object>",
        "<embed src=x>",
        "<applet code=x>",
        "<frameset><frame src=x></frameset>",
        "<base href=https://evil.example>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<template shadowrootmode=open><b>",
        "<svg><foreignObject><p>x</p></foreignObject></svg>",
        "<svg><use href='https://evil.example/a.svg#b'/></svg>",
        "<svg><animate attributeName=href values='#;javascript:alert(1)'/></svg>",
        "<svg><set attributeName=onclick to=alert(1)></svg>",
        "<math><a xlink:href=javascript:alert(1)>x</a></math>",
        "<div style='width: expression(alert(1))'>",
        "<style>p { background: url(java\\\nscript:x); -moz-binding: url(x) }</style>",
        "<!-- <script>alert(1)</script> -->",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    ],
)
def test_html_that_would_run_something_is_refused_and_not_kept(blobs, html):
    with pytest.raises(ActiveContentError) as refused:
        receive(blobs, f"<!doctype html><title>x</title>{html}".encode(), "page.html")
    assert refused.value.code == "ACTIVE_CONTENT"
    assert kept(blobs) == []


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<g onclick='x'/>",
        "<a xlink:href='javascript:alert(1)' xmlns:xlink='http://www.w3.org/1999/xlink'/>",
        "<a y:href='java&#x0A;script:alert(1)' xmlns:y='http://www.w3.org/1999/xlink'/>",
        "<foreignObject/>",
        "<x:iframe xmlns:x='http://www.w3.org/1999/xhtml'/>",
        "<x:script xmlns:x='http://www.w3.org/2000/svg'/>",
        "<a\u00b7:script xmlns:a\u00b7='http://www.w3.org/2000/svg'/>",
        "<a\u0300:foreignObject xmlns:a\u0300='http://www.w3.org/2000/svg'/>",
        "<a\u00b7:style xmlns:a\u00b7='http://www.w3.org/2000/svg'>p { behavior: url(x) }</a\u00b7:style>",
        "<a><set xmlns:l='http://www.w3.org/1999/xlink' attributeName='l:href' to='https://evil.example'/></a>",
        "<use href='other.svg#a'/>",
        "<use href='data:image/svg+xml;base64,PHN2Zz4='/>",
        "<title><style><a onload='alert(1)'/></style></title>",
        "<set attributeName='href' to='#x'/>",
        "<g></svg>",
    ],
)
def test_svg_that_would_run_something_is_refused_and_not_kept(blobs, inside):
    with pytest.raises(ActiveContentError):
        receive(blobs, f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'.encode(), "a.svg")
    assert kept(blobs) == []


@pytest.mark.parametrize(
    "encoding",
    ["Shift_JIS", "utf-7", "nonsense", "base64", "punycode", "idna", "undefined", "UTF-16", "cp037"],
)
def test_svg_in_an_encoding_that_is_not_read_is_refused_in_words(blobs, encoding):
    drawn = f'<?xml version="1.0" encoding="{encoding}"?><svg xmlns="http://www.w3.org/2000/svg"/>'
    with pytest.raises(ActiveContentError, match="encoding"):
        receive(blobs, drawn.encode(), "a.svg")


@pytest.mark.parametrize("encoding", ["UTF-8", "utf8", "US-ASCII", "ISO-8859-1", "windows-1252"])
def test_svg_may_say_its_encoding(blobs, encoding):
    drawn = f'<?xml version="1.0" encoding="{encoding}"?><svg xmlns="http://www.w3.org/2000/svg"/>'
    assert receive(blobs, drawn.encode(), "a.svg").content_type == "image/svg+xml"


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE svg [<!ENTITY x "y">]>',
        '<!DOCTYPE svg [<!ATTLIST g onclick CDATA "alert(1)">]>',
        '<?xml-stylesheet href="a.xsl"?>',
    ],
)
def test_svg_with_declarations_of_its_own_is_refused(blobs, before):
    with pytest.raises(ActiveContentError):
        receive(blobs, f'{before}<svg xmlns="http://www.w3.org/2000/svg"/>'.encode(), "a.svg")


@pytest.mark.parametrize("name", ["a.xml", "a.dat", "no extension"])
def test_active_content_is_found_by_its_bytes_whatever_it_is_called(blobs, name):
    data = b"\xef\xbb\xbf <!-- c --><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    with pytest.raises(ActiveContentError):
        receive(blobs, data, name)


def test_markup_that_runs_nothing_is_taken(blobs):
    page = (
        "<!doctype html><html lang=en><head><title>On the one hand</title><style>p{color:red}</style>"
        "</head><body><p title='only = x'>one = 1, javascript: is a word</p>"
        "<img alt='javascript: in words' src='data:image/png;base64,AA=='>"
        "<a href='https://example.com/?on=1&onload=2'>x</a><!-- once = more --></body></html>"
    )
    assert receive(blobs, page.encode(), "a.html").content_type == "text/html"
    drawn = (
        '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<defs><g id="a"/></defs>'
        '<use xlink:href="#a"/><a href="https://example.com"><text>onload=</text></a></svg>'
    )
    assert receive(blobs, drawn.encode(), "a.svg").content_type == "image/svg+xml"


def test_markup_of_many_megabytes_is_refused_in_words(blobs):
    with pytest.raises(UploadTooLargeError, match="5 MiB"):
        receive(blobs, b"<html>" + b"x" * (5 * 1024 * 1024), "a.html")
    assert kept(blobs) == []


def test_what_a_check_refuses_leaves_a_blob_of_the_same_bytes_alone(blobs):
    got = receive(blobs, HTML, "a.html")
    with pytest.raises(FileTypeError):
        receive(blobs, HTML, "a.png")
    assert kept(blobs) == [got.blob.sha256]
