// SPDX-License-Identifier: GPL-2.0

// Command browser shows a page in headless Chromium, at two widths, light and dark, and
// prints as JSON what a test has to know: what the console said, what was asked of the
// network, what is wider than the window, and what is on the page. It speaks the DevTools
// protocol over the pipe that Chromium has for that.
//
//	browser CHROMIUM URL [FOLDER for screenshots]
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// The longest that Chromium may take for an answer; none comes near it.
const patience = 60 * time.Second

// seen is what a page is like at a width, in light or in dark.
type seen struct {
	Width    int             `json:"width"`
	Scheme   string          `json:"scheme"`
	Console  []string        `json:"console"`
	Requests []string        `json:"requests"`
	Page     json.RawMessage `json:"page"`
}

// look measures the page. An element that lies in one which scrolls is no overflow.
const look = `JSON.stringify((() => {
	const wide = document.documentElement.clientWidth, over = [];
	const shown = e => e.getClientRects().length > 0;
	const scrolls = e => {
		for (let p = e.parentElement; p; p = p.parentElement)
			if (getComputedStyle(p).overflowX == 'auto' ||
			    p instanceof SVGSVGElement) return true;
		return false;
	};
	for (const e of document.body.querySelectorAll('*'))
		if (shown(e) && !scrolls(e) && e.getBoundingClientRect().right > wide + 1)
			over.push(e.tagName + ' ' + e.id + ' ' + e.className);
	const outside = [];
	for (const svg of document.querySelectorAll('svg')) {
		if (!shown(svg)) continue;
		const box = svg.getBoundingClientRect();
		for (const t of svg.querySelectorAll('text')) {
			const b = t.getBoundingClientRect();
			if (b.left < box.left - 1 || b.right > box.right + 1 ||
			    b.top < box.top - 1 || b.bottom > box.bottom + 1)
				outside.push(t.textContent);
		}
	}
	const links = [...document.querySelectorAll('a[href^="#"]')].map(
		a => a.getAttribute('href').slice(1));
	return {
		scroll: document.documentElement.scrollWidth, client: wide,
		over: over.slice(0, 20), outside: outside.slice(0, 20),
		plots: [...document.querySelectorAll('figure')].map(f => f.id),
		drawn: [...document.querySelectorAll('svg')].filter(shown).length,
		unlabelled: [...document.querySelectorAll('svg')].filter(s =>
			!s.getAttribute('aria-hidden') && !s.getAttribute('aria-label') && !s.querySelector('title')).length,
		tables: [...document.querySelectorAll('table')].map(t => t.id),
		dangling: links.filter(id => !document.getElementById(id)),
		flags: document.querySelectorAll('svg a').length,
		background: getComputedStyle(document.body).backgroundColor,
	};
})())`

type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

type event struct {
	Method string
	Params json.RawMessage
}

// browser is a Chromium that runs.
type browser struct {
	command *exec.Cmd
	to      *os.File
	answers chan message
	events  []event
	session string
	asked   int
}

func start(program, profile string) (*browser, error) {
	fromUs, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	from, toUs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	b := &browser{to: to, answers: make(chan message, 64)}
	b.command = exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu",
		"--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
		"--user-data-dir="+profile, "--remote-debugging-pipe", "about:blank")
	b.command.ExtraFiles = []*os.File{fromUs, toUs}
	if err := b.command.Start(); err != nil {
		return nil, err
	}
	fromUs.Close()
	toUs.Close()
	go func() {
		lines := bufio.NewReaderSize(from, 1<<20)
		for {
			data, err := lines.ReadBytes(0)
			if err != nil {
				close(b.answers)
				return
			}
			var m struct {
				message
				Params json.RawMessage `json:"params"`
			}
			if json.Unmarshal(bytes.TrimSuffix(data, []byte{0}), &m) == nil {
				m.message.Params = m.Params
				b.answers <- m.message
			}
		}
	}()
	return b, nil
}

// next returns what Chromium says next; events are kept.
func (b *browser) next() (message, error) {
	select {
	case m, open := <-b.answers:
		if !open {
			return m, fmt.Errorf("chromium has ended")
		}
		if m.Method != "" {
			params, _ := m.Params.(json.RawMessage)
			b.events = append(b.events, event{m.Method, params})
		}
		return m, nil
	case <-time.After(patience):
		return message{}, fmt.Errorf("chromium says nothing for %s", patience)
	}
}

// ask waits for the answer, which goes into result.
func (b *browser) ask(method string, params, result any) error {
	b.asked++
	data, err := json.Marshal(message{ID: b.asked, Session: b.session, Method: method,
		Params: params})
	if err != nil {
		return err
	}
	if _, err := b.to.Write(append(data, 0)); err != nil {
		return err
	}
	for {
		m, err := b.next()
		if err != nil {
			return err
		}
		if m.ID != b.asked {
			continue
		}
		if m.Error != nil {
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	}
}

// await waits for an event.
func (b *browser) await(method string) error {
	for {
		for _, e := range b.events {
			if e.Method == method {
				return nil
			}
		}
		if _, err := b.next(); err != nil {
			return err
		}
	}
}

type object = map[string]any

// attach opens an empty page.
func (b *browser) attach() error {
	var target struct {
		ID string `json:"targetId"`
	}
	var attached struct {
		Session string `json:"sessionId"`
	}
	if err := b.ask("Target.createTarget", object{"url": "about:blank"}, &target); err != nil {
		return err
	}
	err := b.ask("Target.attachToTarget", object{"targetId": target.ID, "flatten": true},
		&attached)
	b.session = attached.Session
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		if err == nil {
			err = b.ask(domain+".enable", nil, nil)
		}
	}
	return err
}

// show loads the page at a width, and looks at it.
func (b *browser) show(url string, width int, scheme string) (seen, error) {
	s := seen{Width: width, Scheme: scheme, Console: []string{}, Requests: []string{}}
	var value struct {
		Result struct {
			Value string `json:"value"`
		} `json:"result"`
	}
	b.events = nil
	err := b.ask("Emulation.setDeviceMetricsOverride", object{"width": width,
		"height": 900, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	if err == nil {
		err = b.ask("Emulation.setEmulatedMedia", object{"features": []object{
			{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	}
	if err == nil {
		err = b.ask("Page.navigate", object{"url": url}, nil)
	}
	if err == nil {
		err = b.await("Page.loadEventFired")
	}
	if err == nil {
		err = b.ask("Runtime.evaluate", object{"expression": look}, &value)
	}
	if err != nil {
		return s, err
	}
	s.Page = json.RawMessage(value.Result.Value)
	for _, e := range b.events {
		switch e.Method {
		case "Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown":
			s.Console = append(s.Console, string(e.Params))
		case "Network.requestWillBeSent":
			var sent struct {
				Request struct {
					URL string `json:"url"`
				} `json:"request"`
			}
			if json.Unmarshal(e.Params, &sent) == nil {
				s.Requests = append(s.Requests, sent.Request.URL)
			}
		}
	}
	return s, nil
}

// shoot writes what is seen of the whole page, or of its first screen.
func (b *browser) shoot(file string, whole bool) error {
	var shot struct {
		Data string `json:"data"`
	}
	err := b.ask("Page.captureScreenshot", object{"format": "png",
		"captureBeyondViewport": whole}, &shot)
	if err != nil {
		return err
	}
	data, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o666)
}

// paper writes the page as it is printed.
func (b *browser) paper(file string) error {
	var paper struct {
		Data string `json:"data"`
	}
	if err := b.ask("Page.printToPDF", object{"printBackground": true}, &paper); err != nil {
		return err
	}
	data, err := base64.StdEncoding.DecodeString(paper.Data)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o666)
}

func (b *browser) all(url, folder string) ([]seen, error) {
	var found []seen
	for _, width := range []int{400, 1400} {
		for _, scheme := range []string{"light", "dark"} {
			s, err := b.show(url, width, scheme)
			if err != nil {
				return nil, err
			}
			found = append(found, s)
			if folder == "" {
				continue
			}
			name := filepath.Join(folder, fmt.Sprintf("%d-%s", width, scheme))
			if err := b.shoot(name+".png", false); err != nil {
				return nil, err
			}
			if err := b.shoot(name+"-whole.png", true); err != nil {
				return nil, err
			}
		}
	}
	if folder != "" {
		return found, b.paper(filepath.Join(folder, "print.pdf"))
	}
	return found, nil
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: browser CHROMIUM URL [FOLDER]")
	}
	profile, err := os.MkdirTemp("", "browser")
	if err != nil {
		return err
	}
	defer os.RemoveAll(profile)
	b, err := start(args[0], profile)
	if err != nil {
		return err
	}
	defer func() {
		b.command.Process.Kill()
		b.command.Wait()
	}()
	if err := b.attach(); err != nil {
		return err
	}
	folder := ""
	if len(args) > 2 {
		folder = args[2]
	}
	found, err := b.all(args[1], folder)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	return out.Encode(found)
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		os.Exit(1)
	}
}
