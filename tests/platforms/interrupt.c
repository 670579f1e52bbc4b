/* interrupt.exe FILE c|break COMMAND...
 *
 * Runs the command in a console that both share, sends both the console's event once FILE is there (a minute at most), and exits as
 * the command does. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

/* The event reaches us too. An ignored one would be ignored by the command as well, which inherits that. */
static BOOL WINAPI swallow(DWORD event)
{
    (void)event;
    return TRUE;
}

int main(int argc, char **argv)
{
    char line[4096] = "";
    STARTUPINFOA startup = { .cb = sizeof startup };
    PROCESS_INFORMATION child;
    DWORD code = 0;
    int waited = 0;

    if (argc < 4)
        return 100;
    for (int at = 3; at < argc; at++) {
        if (strlen(line) + strlen(argv[at]) + 4 > sizeof line)
            return 100;
        strcat(line, "\"");
        strcat(line, argv[at]);
        strcat(line, "\" ");
    }
    AllocConsole(); /* fails where there is one */
    SetConsoleCtrlHandler(swallow, TRUE);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &child))
        return 101;
    while (GetFileAttributesA(argv[1]) == INVALID_FILE_ATTRIBUTES && waited++ < 1200)
        Sleep(50);
    if (!GenerateConsoleCtrlEvent(strcmp(argv[2], "break") ? CTRL_C_EVENT : CTRL_BREAK_EVENT, 0))
        return 102;
    if (WaitForSingleObject(child.hProcess, 60000) != WAIT_OBJECT_0) {
        TerminateProcess(child.hProcess, 103);
        return 103;
    }
    GetExitCodeProcess(child.hProcess, &code);
    return (int)code;
}
