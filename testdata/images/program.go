package images

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
)

// GoProgram returns what a scanner sees of a program for Linux that Go built:
// its segments and its build information, with modules as "path version". It
// cannot be run. Without a version of Go it tells nothing, as a program of
// another language does.
func GoProgram(goVersion string, modules ...string) []byte {
	var data bytes.Buffer
	if goVersion != "" {
		data.WriteString("\xff Go buildinf:\x08\x02")
		data.Write(make([]byte, 16))
		text := "path\tacme.example/server\nmod\tacme.example/server\tv1.0.0\t\n"
		for _, m := range modules {
			text += "dep\t" + strings.ReplaceAll(m, " ", "\t") + "\th1:\n"
		}
		const frame = "0123456789abcdef" // stands on both sides of it
		for _, s := range []string{"go" + goVersion, frame + text + frame} {
			data.Write(binary.AppendUvarint(nil, uint64(len(s))))
			data.WriteString(s)
		}
	}
	return program(elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W), Vaddr: 0x400000}, data.Bytes())
}

// DynamicProgram is one that needs a loader, and with it a system's libraries.
func DynamicProgram(loader string) []byte {
	return program(elf.Prog64{Type: uint32(elf.PT_INTERP), Flags: uint32(elf.PF_R)}, append([]byte(loader), 0))
}

// program is an ELF file of one segment.
func program(segment elf.Prog64, content []byte) []byte {
	h := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1, Shentsize: 64,
	}
	segment.Off, segment.Filesz, segment.Memsz, segment.Align = 128, uint64(len(content)), uint64(len(content)), 16
	var out bytes.Buffer
	for _, part := range []any{h, segment} {
		if err := binary.Write(&out, binary.LittleEndian, part); err != nil {
			panic(err) // both are of fixed size
		}
	}
	out.Write(make([]byte, 128-out.Len()))
	out.Write(content)
	return out.Bytes()
}
