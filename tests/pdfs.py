"""PDFs to be read, good ones and such as are made to hold up whoever reads them."""

from __future__ import annotations

import io
import zlib

from pypdf import PdfReader, PdfWriter


def pdf(*pages: str | bytes, packed: bool = False) -> bytes:
    """Return a PDF with a page for each text, or for each stream of what is drawn."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(pages):
        drawn = page if isinstance(page, bytes) else _drawn(page)
        held = zlib.compress(drawn, 9) if packed else drawn
        how = b" /Filter /FlateDecode" if packed else b""
        font = f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R"
        parts.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {font} >>".encode())
        parts.append(b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(held), how, held))
    return _file(parts)


def _drawn(text: str) -> bytes:
    lines = (line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in text.split("\n"))
    shown = " T* ".join(f"({line}) Tj" for line in lines)
    return f"BT /F1 12 Tf 14 TL 72 770 Td {shown} ET".encode("cp1252")


def _file(parts: list[bytes]) -> bytes:
    out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(out))
    return out + head + table + trailer


def locked(data: bytes, password: str) -> bytes:
    """Return the PDF as it is locked with a password; with none, against changes alone."""
    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(data))), io.BytesIO()
    writer.encrypt(password, "owner", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def endless() -> bytes:
    """Return a PDF of some kilobytes that takes minutes to read: a small one that is much once unpacked."""
    return pdf("Lantern", *[b"BT /F1 12 Tf " + b"(a) Tj " * 900_000 + b"ET"] * 20, packed=True)
