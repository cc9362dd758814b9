"""Pages as plain text: what a person would see, in lines."""

import pytest

from supportctl.mail.page import page_text


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
