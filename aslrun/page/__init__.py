"""An execution as one HTML page that needs nothing else: graph, details, events, timeline.

    page = render_page(definition, recording)

`recording` reads what was recorded, `story` makes of it what the page shows, `html` puts the page together;
the page itself is report.html, report.css and the scripts in `scripts/`.
"""

from aslrun.page.html import render_page
from aslrun.page.recording import Recording, record_execution

__all__ = ["Recording", "record_execution", "render_page"]
