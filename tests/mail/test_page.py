"""Pages as plain text: what a person would see, in lines."""

import pytest

from supportctl.mail.page import TAGS, Pages, page_text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("one\n two", "one two"),
        ("<p>one</p><p>two", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<div>one<br></div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<p class=MsoNormal>one<p class=MsoNormal>&nbsp;<p class=MsoNormal>two", "one\n\ntwo"),
        ("not <b>so</b>, <i>but</i> so", "not so, but so"),
        ("a&nbsp;b &lt;c&gt; &euro; &#0; &bogus;", "a b <c> € \ufffd &bogus;"),
        ("<ul><li>one<li>two</ul>after", "- one\n- two\n\nafter"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a  b\nc"),
        ("<pre>a\n  b\n\nc</pre>d", "a\n  b\n\nc\n\nd"),
        ("new<blockquote>old<blockquote>older</blockquote></blockquote>end", "new\n\n> old\n>\n> > older\n\nend"),
        ("<a href='https://example.com/a'>here</a>.", "here <https://example.com/a>."),
        ("<a href='https://www.example.com/'>example.com</a>", "example.com"),
        ("<a href='mailto:a@example.com'>write</a>", "write"),
        ("<a href='javascript:x()'>run</a>", "run"),
        ("a<hr>b", "a\n---\nb"),
        ("see <img src='cid:1' alt=' the  error '>", "see [the error]"),
        ("<img src='https://example.com/pixel.gif'>", ""),
        ("<title>t</title><style>s</style><script>s</script><!-- c --><template>t</template>seen", "seen"),
        ("<![if mso]>a<![endif]>", "a"),
        ("", ""),
        ("plain < text & more", "plain < text & more"),
        ("<a href='https://example.com'>" * 3 + "x", "x <https://example.com>"),
    ],
)
def test_a_page_reads_as_it_looks(page: str, text: str) -> None:
    assert page_text(page) == text


@pytest.mark.parametrize("tag", ["div", "b", "table><tr><td", "ul><li", "blockquote", "a href=x", "pre", "span"])
def test_no_depth_loses_what_is_there(tag: str) -> None:
    assert page_text(f"<{tag}>" * 3000 + "deep").endswith("deep")


def test_the_pages_of_a_message_share_what_is_looked_at() -> None:
    """Each costs seconds a megabyte, and there may be thousands; what is left out is said once."""
    pages = Pages()
    assert pages.text("<p>one") == "one"
    second = pages.text("<p>x" * (TAGS + 1))
    assert second.endswith("x\n\n[The rest of the HTML, over 500 kB or 20,000 tags, is not kept.]")
    assert pages.text("<p>three") == ""


def test_type_that_is_set_out_of_order_costs_nothing() -> None:
    """The parser would sort out `<b><p><b><p>…</b></b>`, for hours; here what sets type is plain."""
    assert Pages().text("<b c=1><p>x" * 5_000 + "</b>" * 5_000).count("x") == 5_000
    assert Pages().text("<a href=http://x>" + "<div>" * 5_000 + "y" + "</a>" * 10_000).startswith("y")
