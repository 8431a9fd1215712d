// Runs before the body is there: the page starts dimmed and is cleared by the first connection.
lws_gray_out(true, { zindex: '499' });
