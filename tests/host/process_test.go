package host

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-hclog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

func TestStart(t *testing.T) {
	p := start(t, productPath(t))
	t.Logf("started in %d ms", p.startTook.Milliseconds())
	// The aim is 300 ms; this bound only tells working from broken.
	if p.startTook > 5*time.Second {
		t.Errorf("took %v to start", p.startTook)
	}
	equal(t, "protocol", p.client.NegotiatedVersion(), 2)
	equal(t, "network", p.client.ReattachConfig().Addr.Network(), "unix")
	folder, err := os.Stat(filepath.Dir(p.socketPath))
	must(t, err)
	equal(t, "mode of the socket's folder", folder.Mode().Perm(), fs.FileMode(0o700))
	must(t, p.protocol.Ping())
}

// Grafana gives up waiting two seconds after it has asked.
func TestEndsWhenAsked(t *testing.T) {
	for name, env := range map[string][]string{"idle": nil, "handlers never close": {"PROBE_NEVER_CLOSES=1"}} {
		t.Run(name, func(t *testing.T) {
			p := start(t, probePath(t), env...)
			began := time.Now()
			p.client.Kill()
			t.Logf("ended in %d ms", time.Since(began).Milliseconds())
			if _, killed := p.log.find("plugin failed to exit gracefully"); killed {
				t.Error("had to be killed")
			}
			p.assertGone(t)
		})
	}
	t.Run("the product", func(t *testing.T) {
		p := start(t, productPath(t))
		p.client.Kill()
		if _, killed := p.log.find("plugin failed to exit gracefully"); killed {
			t.Error("had to be killed")
		}
		p.assertGone(t)
	})
	t.Run("calls are running", func(t *testing.T) {
		p := start(t, probePath(t))
		failed := make(chan error, 1)
		go func() {
			_, err := p.data.QueryData(context.Background(), queryRequest(map[string]string{"A": `{"action":"wait"}`}))
			failed <- err
		}()
		p.log.await(t, "waiting")
		p.client.Kill()
		if err := <-failed; err == nil {
			t.Error("a call was answered that cannot have been")
		}
		equal(t, "aborted", fmt.Sprint(p.log.await(t, "stopped waiting").fields["aborted"]), "true")
		if _, killed := p.log.find("plugin failed to exit gracefully"); killed {
			t.Error("had to be killed")
		}
		p.assertGone(t)
	})
}

func (p *runningPlugin) assertGone(t *testing.T) {
	t.Helper()
	eventually(t, "end of the process", func() bool { return !isRunning(p.process.Pid) })
	if _, err := os.Stat(filepath.Dir(p.socketPath)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket's folder is still there: %v", err)
	}
}

func TestEndsAfterItsHostWasKilled(t *testing.T) {
	host := exec.Command(os.Args[0])
	host.Env = append(os.Environ(), hostVariable+"="+productPath(t))
	stdout, err := host.StdoutPipe()
	must(t, err)
	must(t, host.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	must(t, err)
	text, socketPath, _ := strings.Cut(strings.TrimSpace(line), " ")
	pid, err := strconv.Atoi(text)
	must(t, err)
	if !isRunning(pid) {
		t.Fatal("the plugin did not start")
	}
	must(t, host.Process.Kill())
	_ = host.Wait()
	began := time.Now()
	eventually(t, "end of the orphan", func() bool { return !isRunning(pid) })
	t.Logf("ended in %d ms", time.Since(began).Milliseconds())
	if _, err := os.Stat(filepath.Dir(socketPath)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket's folder is still there: %v", err)
	}
}

// runHost is what the process does that TestEndsAfterItsHostWasKilled starts and kills.
func runHost(executable string) {
	client, command := newClient(executable, &logSink{})
	if _, err := client.Client(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(command.Process.Pid, client.ReattachConfig().Addr)
	time.Sleep(time.Minute)
	client.Kill()
}

// isRunning is false also for a process that has ended but that its parent has not asked about.
func isRunning(pid int) bool {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		_, rest, _ := strings.Cut(string(stat), ") ")
		return !strings.HasPrefix(rest, "Z")
	}
	return syscall.Kill(pid, 0) == nil
}

// rawPlugin is a plugin started without the plugin host, which hides its output.
type rawPlugin struct {
	command   *exec.Cmd
	handshake string
	stdout    *bufio.Reader
	stderr    *strings.Builder
	address   string
}

func startRaw(t *testing.T, executable string, env ...string) *rawPlugin {
	t.Helper()
	command := exec.Command(executable)
	command.Env = append([]string{"grafana_plugin_type=datasource"}, env...)
	raw := &rawPlugin{command: command, stderr: &strings.Builder{}}
	stdout, err := command.StdoutPipe()
	must(t, err)
	command.Stderr = raw.stderr
	must(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	raw.stdout = bufio.NewReader(stdout)
	raw.handshake, err = raw.stdout.ReadString('\n')
	must(t, err)
	if fields := strings.Split(raw.handshake, "|"); len(fields) == 5 {
		raw.address = fields[3]
	}
	return raw
}

// wait waits for the end; what has come on standard output after the first line, and the exit code.
func (r *rawPlugin) wait(t *testing.T) (string, int) {
	t.Helper()
	rest, err := io.ReadAll(r.stdout)
	must(t, err)
	_ = r.command.Wait()
	return string(rest), r.command.ProcessState.ExitCode()
}

func TestHandshakeLine(t *testing.T) {
	for name, env := range map[string][]string{
		"protocol offered":     {"PLUGIN_PROTOCOL_VERSIONS=1,2"},
		"protocol not offered": {"PLUGIN_PROTOCOL_VERSIONS=3"},
		"nothing said":         nil,
	} {
		t.Run(name, func(t *testing.T) {
			raw := startRaw(t, productPath(t), env...)
			equal(t, "line", raw.handshake, "1|2|unix|"+raw.address+"|grpc\n")
			must(t, raw.command.Process.Signal(syscall.SIGTERM))
			rest, exitCode := raw.wait(t)
			equal(t, "output after the line", rest, "")
			equal(t, "exit code", exitCode, 0)
			equal(t, "problem logged", strings.Contains(raw.stderr.String(), "do not fit"), name == "protocol not offered")
		})
	}
	t.Run("a folder for sockets", func(t *testing.T) {
		folder := t.TempDir()
		raw := startRaw(t, productPath(t), "PLUGIN_UNIX_SOCKET_DIR="+folder)
		equal(t, "folder", filepath.Dir(filepath.Dir(raw.address)), folder)
	})
	t.Run("a path that is too long", func(t *testing.T) {
		folder := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
		must(t, os.Mkdir(folder, 0o700))
		command := exec.Command(productPath(t))
		command.Env = []string{"grafana_plugin_type=datasource", "PLUGIN_UNIX_SOCKET_DIR=" + folder}
		stdout, err := command.Output()
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatalf("it started: %s", stdout)
		}
		equal(t, "exit code", exit.ExitCode(), 1)
		equal(t, "output", string(stdout), "")
		if !strings.Contains(string(exit.Stderr), "103 bytes at most") {
			t.Errorf("log: %s", exit.Stderr)
		}
		left, err := os.ReadDir(folder)
		must(t, err)
		equal(t, "entries left", len(left), 0)
	})
}

func TestSignals(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			raw := startRaw(t, productPath(t))
			must(t, raw.command.Process.Signal(signal))
			_, exitCode := raw.wait(t)
			equal(t, "exit code", exitCode, 0)
			if _, err := os.Stat(filepath.Dir(raw.address)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the socket's folder is still there: %v", err)
			}
		})
	}
	t.Run("interrupt", func(t *testing.T) {
		p := start(t, productPath(t))
		must(t, p.process.Signal(syscall.SIGINT))
		must(t, p.process.Signal(syscall.SIGINT))
		time.Sleep(100 * time.Millisecond)
		must(t, p.protocol.Ping())
	})
}

func TestStandardOutputStaysEmpty(t *testing.T) {
	raw := startRaw(t, probePath(t))
	connection, err := grpc.NewClient("passthrough:socket",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", raw.address)
		}))
	must(t, err)
	defer connection.Close()
	stream, err := pluginv2.NewResourceClient(connection).CallResource(t.Context(), path("print"))
	must(t, err)
	_, err = stream.Recv()
	must(t, err)
	must(t, raw.command.Process.Signal(syscall.SIGTERM))
	rest, _ := raw.wait(t)
	equal(t, "output after the line", rest, "")
	levels := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(raw.stderr.String()), "\n") {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("no JSON in the log: %s", line)
		}
		levels[entry["@message"].(string)] = entry["@level"].(string)
	}
	equal(t, "console.log", levels["console log"], "info")
	equal(t, "console.error", levels["console error"], "error")
	equal(t, "warning", levels["a warning"], "warn")
	equal(t, "written", levels["written to standard output"], "debug")
}

func TestLogAsTheHostReadsIt(t *testing.T) {
	p := start(t, probePath(t))
	p.get(t.Context(), t, &pluginv2.CallResourceRequest{Path: "log", PluginContext: &pluginv2.PluginContext{
		DataSourceInstanceSettings: &pluginv2.DataSourceInstanceSettings{Uid: "abc", Name: "Flow logs"},
	}})
	debug := p.log.await(t, "a debug line")
	equal(t, "level", debug.level, hclog.Debug)
	for key, want := range map[string]string{
		"number": "1.5", "yes": "true", "field_level": "none", "field_timestamp": "kept",
		"endpoint": "callResource", "dsName": "Flow logs", "dsUID": "abc", "@module": pluginID,
	} {
		equal(t, key, fmt.Sprint(debug.fields[key]), want)
	}
	// A line of more than 64 KiB would come in pieces, at debug.
	equal(t, "level of a long line", p.log.await(t, "a long line *").level, hclog.Error)
	equal(t, "level of a call's end", p.log.await(t, "call ended").level, hclog.Debug)
}

func TestExceptionsThatNobodyCatches(t *testing.T) {
	t.Run("are logged", func(t *testing.T) {
		p := start(t, probePath(t))
		for action, message := range map[string]string{"uncaught": "uncaught exception", "rejection": "unhandled rejection"} {
			equal(t, "status", p.get(t.Context(), t, path(action)).status, 204)
			line := p.log.await(t, message)
			equal(t, "level", line.level, hclog.Error)
			if !strings.Contains(fmt.Sprint(line.fields["error"]), "on purpose") || line.fields["stack"] == nil {
				t.Errorf("fields: %v", line.fields)
			}
		}
		must(t, p.protocol.Ping())
	})
	t.Run("end the process when they keep coming", func(t *testing.T) {
		p := start(t, probePath(t))
		for range 6 {
			p.get(t.Context(), t, path("uncaught"))
		}
		p.assertGone(t)
		equal(t, "reason", fmt.Sprint(p.log.await(t, "plugin ends").fields["reason"]), "too many exceptions")
	})
}

func TestWithoutTheCookieItIsTheCommand(t *testing.T) {
	for name, env := range map[string][]string{"no cookie": {}, "another cookie": {"grafana_plugin_type=panel"}} {
		t.Run(name, func(t *testing.T) {
			command := exec.Command(productPath(t), "--version")
			command.Env = env
			output, err := command.Output()
			must(t, err)
			if strings.Contains(string(output), "|") || strings.Count(string(output), ".") != 2 {
				t.Errorf("output: %s", output)
			}
		})
	}
}
