/// Pictures and what Pillow makes of them. Written by tools/oracles/image_goldens.py.
enum ImageGoldens {
    /// A file, and the bytes of `Image.open(file).convert("RGB")`.
    static let files: [Golden] = [
        Golden(
            "jpeg420", 19, 13,
            source:
                "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU"
                + "FRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU"
                + "FBQUFBQUFBT/wAARCAANABMDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF"
                + "BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW"
                + "V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi"
                + "4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC"
                + "AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm"
                + "Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq"
                + "8vP09fb3+Pn6/9oADAMBAAIRAxEAPwD5I+HnghY5ICY/kHqRnP4n1/z1r6X+Gvg4QrFtVS6nHKZB9+B6GuV+Hfh+2mslkwdq4+Un"
                + "JOOOtfUHw/8ADNqsVu46kgcjOMgf5xXDjaN00d2Dq3tcsWPglms4j5CEbRgtC5JHboKK9ws9GgS0hBaQnaDkORRXyzpq59FGE2k7"
                + "H//Z",
            result:
                "EQ8QEg4NJB4eKB4cMCUhOCslQDEqT0E4TTwyVEQ1X0w7a1ZBemVKeWJDkHZTlHpVl31Ypoxnp4tmDAoLFRMUIBoaMionMSYiRTgy"
                + "SDkyWEpBWEc9YVFCb1xLdWBLgWxRiG9Rm4FeoIZhnoRfrZNutJhzGxsdIiAhMiwsMiooQTY0QTQuVkdAWEpBU0I4XU1AcV5PdF9K"
                + "f2pPjXRWmoBfo4Zko4lmrZNwuJt5Hh4gLCwuLCgpNzIvPDIwST46XE9JYlNMYFJJaFhLfGtbgWxZiHJak3pclXpcn4JgrJJxrpRx"
                + "tpl3JygsNDU3MzEyPzs6RDw6UUhDYldRaFtTaFpRallPe2lbhnRgkHpjmoBlmX5hpYhos5h6tJp5up19JisuLTE0Ozs9Ojk3S0ZD"
                + "SkI/XVRPXlNNcmVdcWNYfGxdjntqmYNupIpxqI1ytZp8uaCBwKeIx6yOLDQ3NDw+PkJDUVFRUk5NY15aZVxXc2hid2pie21kfGxf"
                + "jntskn1qnIRspIhwrJF0r5h5vaaHw6qMND1CMjw+RUpNSUpMU1JQWVVSYFhVbGNecWZgf3JpgXBmlIJ0moV0po15tJiCuJ2CvaWJ"
                + "z7qb18ChMz5ERU5TRUpOT1NWX19fYFxZaWFecGdie3BqiXx0j4F4mop9mYZ3qZKAuZ6Ju6GKzLea08Ci28OnLTdAQEtRR05UVVlc"
                + "ZWVlZGNha2Zjc2togXhzhnt1jH92o5OGppOFrpeHvaKPxq2XxLCVzbqc1b2hOUZPSlRdT1ZcWV5iZmdpamlnc29sfXh0hn95kYiB"
                + "l4qCppiNq5mNt6GTwqiXxq2Zy7ee1sKn38erSFVeUF1lVl9mXmNnamttcXFxenl3hIB9ioWBnZaQoZaQrZ+WsZ+TvKmbxa6exrCb"
                + "072l3smu6M6zQU9aSVZfWGFqZGtxcnZ5fHx8fXx6gX16kIuHnZaQo5iSuKujvayivKqexa+h1r+t2sKq5syz7tC2"),
        Golden(
            "jpeg422", 19, 13,
            source:
                "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAx"
                + "NDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIy"
                + "MjIyMjIyMjL/wAARCAANABMDASEAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF"
                + "BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW"
                + "V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi"
                + "4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC"
                + "AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm"
                + "Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq"
                + "8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDzrSdNAZMrx+tdzo2n7QuAMg46VhVjc2pO518WmkxL8g6d0NFcTR03OA0i0jaINzgdjXea"
                + "VZRhUPvjpXpVkcdF9zrY7dBGvLdPWiuE7lDTc//Z",
            result:
                "EgwMGBISIRkXJh4bKyIdNSsiQTcrTUAwSDsoVkYvYlI4bFk7c2BAf2tKjHhVl4Bemn5Zo4VhqYtnEgwOGxUXJyIfMSkmNi8pPTMq"
                + "RTsvT0IyU0YzYFA5bFxDd2NIfWpMh3JTlX5cn4dlooVjrI5ss5VzGBYXIB4fLSkmNjEuOzYwRDs0TkY7WEw+WEs6ZFM/cGBJfGhP"
                + "gm5TinVYln9gn4ZnqYxstJZ0u517JCQkKCgoLi0rNDAtOTYxR0A4WE9GZ1tPXE5BZlVFcmFPgGtWhnJai3VdlX1jnoRpo4hqrpFx"
                + "tJd3JiopKi4tMTMwNjY0PDs2SUQ+W1RMaV9VZ1tPbl5ReWhYiXNlkHtolnxrnINtpop0sJV3u55+wqWFJSspLTMxOD05QUNAR0hC"
                + "UE1IWlZNZFtUcGNadGNZfmxgj3lsmIFznIJ1o4d5rZJ/tpuAwKWHx6yOKDMvMjs4PUZBR0xITU9KVFNPXVpTZl9Zc2lgdGVef21j"
                + "kXpym4N3n4R5p4t/speGr5R5uZ6AwaaIMz46OURAQElGRkxKSk9JVFVQY2BZb2hieW9meGlignBmlX52n4d9pId/rJCFuZyOxqyT"
                + "z7aY1r2eOTlFQ0NPT09XWFddW1pfYV1eZ2FhbmRieG9ohXhvj4F2l4d4nIt7pZSCr52JuKOOy7ab172i3cOoNztGP0NOS05VVVVd"
                + "W1xgY2FkbWlodm5rgHdyjH93l4l+oI6CppOEr5mLuqORwauWwrGVy7qc1MGjPUdQQ01WTFVcVFthXWJmaGlrdHJzfnl2hn14kYR8"
                + "no2FqJSJrpiLt52QwKaXx62cybqd0MOj18ipQ1RcSlhhUmFmXWhuZW1wb3N2eXl5gX16jYOBl4qEpZKLsZqSt5+TvaGWxambz7Sj"
                + "2cSp4cyv59K1Q1RcTFpjV2ZtZG91bXZ7dnt+fX1/gn59l42Ln5KMrZyVuqadwKqfxKmezLKl2Lur4cGs7Mqx88+3"),
        Golden(
            "jpeg444Progressive", 19, 13,
            source:
                "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoK"
                + "CgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK"
                + "CgoKCgoKCgr/wgARCAANABMDAREAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABwj/xAAXAQEBAQEAAAAAAAAAAAAAAAAFAwYE"
                + "/9oADAMBAAIQAxAAAAGdo1cS0l4zrAtnmHchZaLT/8QAGhAAAwEBAQEAAAAAAAAAAAAAAQMFAgYEEv/aAAgBAQABBQLnogGubj/A"
                + "REJVz09G0wJiBlPjUFf/xAAdEQACAgIDAQAAAAAAAAAAAAABAwARAiESMfBB/9oACAEDAQE/AVMJ3cSTW4M7HUTkbiT8PvVFK5LB"
                + "uf/EACARAAEDAwUBAAAAAAAAAAAAAAEAAgMREiEEIjFBYZH/2gAIAQIBAT8BmbUELUx3HxOYLu/qlbvypmB1UecL/8QAIBAAAQMC"
                + "BwAAAAAAAAAAAAAAAgABIRExEiNBUWGhwf/aAAgBAQAGPwIahCajS3CHKa2oOsfSAvEMlbdf/8QAHhABAAMAAQUBAAAAAAAAAAAA"
                + "AQARITFBUXGRobH/2gAIAQEAAT8hXcHu4VGUrc+ciVf0KvyEaNFa37CLyobw4gMtntn/2gAMAwEAAgADAAAAEE8Y/wD/xAAfEQAC"
                + "AgIBBQAAAAAAAAAAAAABEQAhMWGRUYGh4fD/2gAIAQMBAT8QFEqU8pb0azZ3iISxvFBdnlArHMQFBzCzJNF10Xw4gWphnwzv2NuH"
                + "oE//xAAfEQACAQQDAQEAAAAAAAAAAAABESEAMUFhUYGxkfD/2gAIAQIBAT8Q1LhG06iN2h8S4BRP7cvHGjGafI9IbxUQISZtEjjr"
                + "kP0814L7I/LyKYnYGfa//8QAHRABAQACAwADAAAAAAAAAAAAAREAITFBUXGhwf/aAAgBAQABPxDXkDSk6eqWl8t1LT2MTRPYRVj7"
                + "15glBNGTpoTjGfDpaQUni76+sKQQkHY4XrXH7vHnVFGNl4PnP//Z",
            result:
                "GQsAGAoXIx8eLhojMSAmSiYaRyosRUkmS0E3VkE8YEk7fFc8gVhWc2VCiXtMnn5Xl35fpItjpYhoCBEQJBISHBQjKTQkLCYqQzc7"
                + "ODwrYUs0WEA2YUszbGRReWFVe3BDhXZXmnpTl4JloYNhsJFltpZlGQweLi0oIy4mMS4pQzIrOT0uV1E7VTs8Ukg/WldOaFhYbVxA"
                + "dHFIkHFSn4tZqIRuroVpu49yx5xyGygfIigkKSQrLDkvPTI6SkUxTU9Eal9NWVBHXldebG9cgmxUknRYnHRoj3tgontsqo55r4+A"
                + "t5eCJC08LTMlPD4wNDUwRTk7SUpFYlNAZF1Ta1lXcllchGdflXBdk3hllIBnjoBjtIN8rqF3sZ59vKZ/KB0rLzkxNzZIRkJBVD5V"
                + "U0hWW1hTbVJJaWViaHFWe2NjjH1gj4N1m4xjm5dnpZqEsZyHuqKKyKuLKTo0NT45QkY3T0s/R1JBWl1IZVhPaWhWc3NndG5OhWpf"
                + "k3FvnHhom4t+roVxq5GCsqCMv6qNw6uJLT9JPzhIPExCQ1A+Yk5Xa0pVWl5nYW1ZfmJfe2pygnRnkIhxqH2Gl4iPsZaFuZt/u6SE"
                + "0LmQ2bycNjxMSUdMSlNOWUpfXF5TZ1lQZ2hgaGVWfGtxgYF5lYNvnohxlINzrJVzoaF/taeNxrac0b6U4sSoOzZWP0FYSVZMTVRc"
                + "ZGRkb2Vta2RrcWt3enh7kINzg4Bvp5V9rpKOs5eMtK+HzK6WxrWhz7uW2r+kRT1SSFVbSVlZS2Via2xnZ2pfd2l6enaFkYB2iYSB"
                + "lpCCso6OopiWvaiLvJ+PxrGWxbOl07+e4MSsU1VQS2BXVGRZT2VzZmptbHF1fHByh4l0h4J/m5qGnJSSq6OQtZyfwKCjxrKX1qqd"
                + "zbut38uq7c+1Q05URFRkXGJwaHJqcnp9fIV0gXd/f3mHnYKHlpmQr5yWtKyXuKmmt7GlyK2i08Cv1cSy6dOu8s60"),
        Golden(
            "jpegGrey", 19, 13,
            source:
                "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU"
                + "FRUVDA8XGBYUGBIUFRT/wAALCAANABMBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF"
                + "BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW"
                + "V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi"
                + "4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APlH4S+FI22LHFsWRQDz8uec8ZBPB/IccV9c/Cjwsztbj5TGB9w/wDrz1wOBxnuO"
                + "vSvp3TPDd1Hp8CxRK0YXgtEcn8q+B/hVolu/2VsEmT92S/zYA/8ArHFfX3w20KG2jiJIYu2OARjbxwc5/D3NfS2n6NbpZxKFUhRt"
                + "yygk4OK//9k=",
            result:
                "BAQEFRUVDw8PJycnQkJCPz8/U1NTQ0NDS0tLZWVldHR0enp6bm5uiYmJioqKkJCQnJycqamptbW1FxcXCgoKLi4uJiYmMTExQ0ND"
                + "SkpKSkpKV1dXWVlZa2treHh4g4ODjY2Nh4eHoKCgpKSksrKywMDAHR0dKioqLS0tISEhSUlJSkpKV1dXYGBgaWlpZ2dnampqeHh4"
                + "d3d3goKCm5uboKCgoqKir6+vvb29ICAgKCgoOjo6NDQ0SkpKTk5OUVFRTU1NV1dXZ2dndHR0cnJygICAm5ublJSUpqamq6urs7Oz"
                + "uLi4GhoaKioqOjo6PDw8RkZGVlZWX19fa2trc3NzcXFxcnJygICAhISEhYWFpqamoqKiurq6v7+/wcHBIyMjOTk5MjIyMzMzQkJC"
                + "UFBQV1dXb29vYWFhampqioqKhYWFn5+fk5OToqKit7e3uLi4v7+/xcXFKioqISEhQkJCS0tLTk5OaGhoZ2dnb29vbW1tfX19i4uL"
                + "jY2NkpKSkZGRtra2srKyuLi4wsLCysrKJSUlOzs7ODg4S0tLV1dXTk5Ob29vcXFxcXFxfn5+eHh4jIyMlZWVra2tr6+vrq6uwMDA"
                + "zc3N2NjYNjY2T09PSEhIR0dHWVlZXV1dc3Nzampqe3t7jY2Nj4+PjIyMqKiopaWlt7e3v7+/wcHB09PT1NTUMjIyQUFBSkpKSUlJ"
                + "Xl5ea2treHh4eXl5fX19ioqKhoaGoaGhsLCwsLCwqqqqtra2xcXF2NjY39/fPT09QkJCVlZWU1NTY2Njc3NzdHR0gICAjY2NmJiY"
                + "jY2NoqKiq6urvr6+vr6+ycnJycnJ2dnZ4+PjSkpKS0tLYWFhYWFhZ2dncnJyc3NzhISEgoKCj4+PmpqaoKCgrKystLS0v7+/xMTE"
                + "2dnZ4ODg6OjoRUVFTU1NXl5eampqa2trcXFxfX19j4+PlJSUk5OTrKystbW1vr6+s7OzwMDAysrK4uLi4eHh6urq"),
        Golden(
            "jpegCMYK", 19, 13,
            source:
                "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUV"
                + "FQwPFxgWFBgSFBUU/8AAFAgADQATBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIB"
                + "AwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZH"
                + "SElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV"
                + "1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD6y+JfimRpWC7hFuJAL5UDocY6YzX138RPHJZZD5jq7niQ"
                + "EEKce/PQDkda+wvFnxBSG6ZSyrG5KsDkemefQ9vqOlfZuq/EtmKASBdhDFBIX555wPz9/wATn5C+KXixbmSZEkzGvB3HbgH+Efjy"
                + "f6180eOfGsc7ThZ1bcxbGMFjngjuBjvz1rxTxd8RQ4uGZ2LuMGNR97g8YHI7df1wDXAeIPiYkU1wrPIZP4NpySCSMYzyeTz/AF4r"
                + "5rv/ABuIb2ZPOmXDniMBl/MrXhF/4uWa8ldo7qRi33lPB/n/ADryi98fXLXcpFwAM9MD9Pb09q4Sf4gTXUplERlDY+d3OTgY55HN"
                + "fdfxV125iiMpKsJGcFSBx1BI7dvT+tfTPjjxHd3MlzFIxY+ZjcWzjILcDtjbXeeMfFl7DBIWbfjGMHHZmz9eMVzmseLLwyEbUDI5"
                + "QNgn6fXB55r5H+KGrSzW9wXLMsYZtm7AOCfTH518yePPElw6zBlBUBuAcZw3r9K8Q8YeKrtnlXJwy7+WzkBAQCep69a881/xZeyw"
                + "Q72yswZiMnj6Z+v+ea+b7idrmZ5WCkud3IJP555+teI32qXEt7ORIyYcrhTgcHH9K8v1LxRqCX0wjkRVz0Man69q5RfE92xclYz8"
                + "7Dlfc1//2Q==",
            result:
                "3fTk0NvP5Nnb1t3T0MrRpa7EqrTAqLi3mK68g5CplIqcd4GUZ4uWaHCXY3KRTWx5TnKARmWHPE1q1c7V0uLPs7S9usDNqri0obm4"
                + "l5yrmqWviJaniY6mfIedZ3x+ZnuRW3B3U22KSFtuQFN1PlJsN0Vl1tPRwsrPvsbGqK6wrbK8jpSipZ2vlZCvi5ileHyKaXeHbHWD"
                + "ZnB9U2+BUmF4R1twO1BlNlBdLkZZy8fAw7nHubmxsLetl6aUh5mbipKYhH+ZhoWMb26FX3V6ZHN/YGOGTGFuRlNnRlpnP0haNkVe"
                + "L0FMqaGhqaqwnKegjo+QkZuUhJGPdYKAgoWTfYWJcHV3YGl5XWBtSmF2RWZrSltvOkdYLElQJT9SIjZEoqGom5+OlKCeiIqYioaM"
                + "hXqDdXmLgYGHaXp1Y19vXGdkP1JXR1NfT1hoMkRQOEVIMDRMJzBAIi1Craimm5CLnpOQjZGIfYd/dnJxcHZ3aGZwYGdpW1toSE9j"
                + "QVNeSFZYQUZLNj9GMTs9JzJDHy86GSxAkoqLjpaThX15f3h4dnxzeGxzc25pampuXllsTlhfSVNXPEBKOzpLNj9JLDpFMEFOIy47"
                + "Gyw+GS46jY6FfoR8foN9cXFtaGlwYWppWVJbVV9nUVViRk1bSk1QQkRJPkBQKzZCIzE7HigzISY1FCIrDh4th4BzgXN1dnN+dG9s"
                + "XGBiXWBeYFlbW1hdSkxHQ0RLP0JFNUBGLDhCJjU8Hio0FyQtFSc4EiEvEhswfHtvbmZoamJpaW1hZF9eVVtcWlpZQEVKQklONTxE"
                + "N0A+LDM6LDE5Iy0tIygwHiMsFyIrERsjDxchcmliZl1YW1lVXGFWTFRUQ0dJSkxLPz9AOzpCMzE7MzUyLy44JiUvHygpHCMqGSMm"
                + "EhsmCxMfCBMcY2FaXFhUXU5OXE1PTk5PP0E9PkRCPkU+LzEwLSw3MDIyKSwzICAkICMlHBwoExofDBoiDBAbDhIa"),
        Golden(
            "pngRGB", 7, 5,
            source:
                "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAIAAAAG+GGPAAAAeUlEQVR4nAFuAJH/APUkOHNNooZETMJciKluR8wqEVqQ3wAof/pr"
                + "IxrmyTLkf6ZzH/n1OBXGZOIAeNwJk0dS89BhDi6RGRX/6Q464PcuAKjmJ9+r4L6sB+DD7wykoImeQm9xcwCjN8U+8QU8H9vwGXqn"
                + "IfFB/d0svpQt+DWTYGr62QAAAABJRU5ErkJggg==",
            result:
                "9SQ4c02ihkRMwlyIqW5HzCoRWpDfKH/6ayMa5sky5H+mcx/59TgVxmTieNwJk0dS89BhDi6RGRX/6Q464PcuqOYn36vgvqwH4MPv"
                + "DKSgiZ5Cb3FzozfFPvEFPB/b8Bl6pyHxQf3dLL6U"),
        Golden(
            "pngGamma", 7, 5,
            source:
                "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAIAAAAG+GGPAAAABGdBTUEAAYagMeiWXwAAAHlJREFUeJwBbgCR/wD1JDhzTaKGREzC"
                + "XIipbkfMKhFakN8AKH/6ayMa5sky5H+mcx/59TgVxmTiAHjcCZNHUvPQYQ4ukRkV/+kOOuD3LgCo5iffq+C+rAfgw+8MpKCJnkJv"
                + "cXMAozfFPvEFPB/b8Bl6pyHxQf3dLL6ULfg1k2Bq+tkAAAAASUVORK5CYII=",
            result:
                "9SQ4c02ihkRMwlyIqW5HzCoRWpDfKH/6ayMa5sky5H+mcx/59TgVxmTieNwJk0dS89BhDi6RGRX/6Q464PcuqOYn36vgvqwH4MPv"
                + "DKSgiZ5Cb3FzozfFPvEFPB/b8Bl6pyHxQf3dLL6U"),
        Golden(
            "pngInterlaced", 7, 5,
            source:
                "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAIAAAFx/1EZAAAAf0lEQVR4nAF0AIv/APUkOACpbkcAozfFpyHxAIZETFqQ3wA8H9ss"
                + "vpQAeNwJ89BhGRX/4PcuAHNNosJciMwqEQCTR1IOLpHpDjoAPvEF8Bl6Qf3dACh/+msjGubJMuR/pnMf+fU4FcZk4gCo5iffq+C+"
                + "rAfgw+8MpKCJnkJvcXNl6jWTz/fXhQAAAABJRU5ErkJggg==",
            result:
                "9SQ4c02ihkRMwlyIqW5HzCoRWpDfKH/6ayMa5sky5H+mcx/59TgVxmTieNwJk0dS89BhDi6RGRX/6Q464PcuqOYn36vgvqwH4MPv"
                + "DKSgiZ5Cb3FzozfFPvEFPB/b8Bl6pyHxQf3dLL6U"),
        Golden(
            "pngRGBA", 7, 5,
            source:
                "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAYAAACJmvbYAAAAnElEQVR4nAGRAG7/APUkOPFzTaJ2hkRMs8JciOepbkfzzCoRP1qQ"
                + "324AKH/6t2sjGmnmyTJP5H+mnnMf+eT1OBV3xmTiZAB43AnDk0dSgfPQYU8OLpHgGRX/m+kOOqzg9y7QAKjmJxjfq+DZvqwHI+DD"
                + "7wIMpKD9iZ5CR29xcwcAozfFsz7xBU08H9tq8Bl69ach8ZFB/d0DLL6UrYWKSIvI0or2AAAAAElFTkSuQmCC",
            result:
                "9SQ4c02ihkRMwlyIqW5HzCoRWpDfKH/6ayMa5sky5H+mcx/59TgVxmTieNwJk0dS89BhDi6RGRX/6Q464PcuqOYn36vgvqwH4MPv"
                + "DKSgiZ5Cb3FzozfFPvEFPB/b8Bl6pyHxQf3dLL6U"),
        Golden(
            "pngGrey", 7, 5,
            source:
                "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAAAAACs8akEAAAAM0lEQVR4nAEoANf/APVzhsKpzFoAKGvm5HP1xgB4k/MOGengAKjf"
                + "vuAMiW8Aoz488KdBLK7DFEN6xfWgAAAAAElFTkSuQmCC",
            result:
                "9fX1c3NzhoaGwsLCqampzMzMWlpaKCgoa2tr5ubm5OTkc3Nz9fX1xsbGeHh4k5OT8/PzDg4OGRkZ6enp4ODgqKio39/fvr6+4ODg"
                + "DAwMiYmJb29vo6OjPj4+PDw88PDwp6enQUFBLCws"),
        Golden(
            "pngGreyKey", 7, 5,
            source:
                "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAAAAACs8akEAAAAAnRSTlMA9btEy6sAAAAzSURBVHicASgA1/8A9XOGwqnMWgAoa+bk"
                + "c/XGAHiT8w4Z6eAAqN++4AyJbwCjPjzwp0EsrsMUQ3rF9aAAAAAASUVORK5CYII=",
            result:
                "9fX1c3NzhoaGwsLCqampzMzMWlpaKCgoa2tr5ubm5OTkc3Nz9fX1xsbGeHh4k5OT8/PzDg4OGRkZ6enp4ODgqKio39/fvr6+4ODg"
                + "DAwMiYmJb29vo6OjPj4+PDw88PDwp6enQUFBLCws"),
        Golden(
            "pngGreyAlpha", 7, 5,
            source:
                "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAQAAAAjkz5TAAAAVklEQVR4nAFLALT/APUkc02GRMJcqW7MKlqQACh/ayPmyeR/cx/1"
                + "OMZkAHjck0fz0A4uGRXpDuD3AKjm36u+rODDDKSJnm9xAKM3PvE8H/AZpyFB/Sy+RrYkS7Zfp9YAAAAASUVORK5CYII=",
            result:
                "9fX1c3NzhoaGwsLCqampzMzMWlpaKCgoa2tr5ubm5OTkc3Nz9fX1xsbGeHh4k5OT8/PzDg4OGRkZ6enp4ODgqKio39/fvr6+4ODg"
                + "DAwMiYmJb29vo6OjPj4+PDw88PDwp6enQUFBLCws"),
        Golden(
            "pngBits", 7, 5,
            source:
                "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFAQAAAACh4ct1AAAAEklEQVR4nGP4yqDBUMGwgmExAA6yAuHjBru0AAAAAElFTkSuQmCC",
            result:
                "////////////////AAAA////AAAAAAAAAAAA////AAAA////AAAAAAAAAAAA////////////////AAAAAAAA////AAAA////AAAA"
                + "////AAAAAAAA////AAAA////AAAAAAAAAAAA////"),
        Golden(
            "pngNibbles", 7, 5,
            source:
                "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFBAAAAABpAUQFAAAAIklEQVR4nGP4Wtx2iEEj+9kThorJn/kYVtzf94BhsZ3NBwCa3QxM"
                + "CQdx8wAAAABJRU5ErkJggg==",
            result:
                "////VVVVd3d3MzMziIiIZmZmzMzMIiIiiIiIZmZmu7u77u7uZmZm7u7ud3d3iIiImZmZMzMz////MzMzAAAAqqqqiIiI3d3d////"
                + "u7u77u7u7u7uqqqqMzMzMzMz7u7uMzMzzMzM////"),
        Golden(
            "pngPalette", 7, 5,
            source:
                "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFBAMAAAB7tOvrAAAAMFBMVEUaX1EpwMlvUsIKnzboYwjqnbQdFmhPb4q3ddJ48gNIjRED"
                + "qpeh00IaX4V9UanAIpHLYuoAAAAAA3RSTlMAgP/s97MYAAAAIklEQVR4nGP4Wtx2iEEj+9kThorJn/kYVtzf94BhsZ3NBwCa3QxM"
                + "CQdx8wAAAABJRU5ErkJggg==",
            result:
                "wCKR6p20T2+KCp82t3XSHRZoodNCb1LCt3XSHRZoA6qXfVGpHRZofVGpT2+Kt3XSePIDCp82wCKRCp82Gl9RSI0Rt3XSGl+FwCKR"
                + "A6qXfVGpfVGpSI0RCp82Cp82fVGpCp82odNCwCKR"),
        Golden(
            "pngRGB16", 7, 5,
            source:
                "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAIAAABWaL3MAAAA4klEQVR4nAHXACj/AABL1Mj8gd9JiKAbN/w5bBrodkf2EUGn1OCj"
                + "lGZHiml4D8o8HgJFcBMkiQCjviLoT/uFuaUFDIe+Js7cWSN9TisEI/0zdm7CqvWVkKGCC31JSUYTVCcAEgkQf2ImXSlgJlumaJeb"
                + "JBCkRykMruEPvPz0EhDBfOmPP7fXP/9YHCMeAH5sHMuKTeTz51agvinousODUzfZ7PETV493RRFu1Z5AvnuX/r+h99bT/AAWgdyy"
                + "6WMZO0ABd7d2PB1g9T6DWrE+B++ARfZZfX9uVF4hV3rvz8aufWWgvGO9Q2/P6AAAAABJRU5ErkJggg==",
            result:
                "ANT834gb/GzoRxGn4JRHaQ88AnAkoyJPhaUMvs5ZfSsjM26qlaELSUZUEhBiXWBbaJsQRwzhvPQQfI+3P1gjfhyK5OegKbqDN+wT"
                + "j0Vunr6Xv/fTFtzpGUB3dh31g7EHgPZ9bl5X78Z9"),
        Golden(
            "pngGrey16", 7, 5,
            source:
                "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAAAAAD8YXVHAAAAU0lEQVR4nGNg8GbMZFjJIMZozHCCYSsDox3DS0YxBj/GMkYFoATD"
                + "TYafjOUMNxlrGCsZ6xkYcxguM3owajK6MxQwMjIwLGSwZuRhkGJQZfjCsB8ATnYPl1aWAKIAAAAASUVORK5CYII=",
            result:
                "S0tL////qampFhYW////yMjItbW1////6enp////Tk5O////////////2dnZ+fn5////2dnZ////////////////09PT////////"
                + "////cHBw////oaGhOzs7////GhoaJSUl9PT0v7+/"),
    ]

    /// A picture of 23 x 17 pixels, and Pillow's bilinear `resize` of it.
    static let sized: [Golden] = [
        Golden(
            "11x8", 11, 8, source: sizedSource,
            result:
                "GRUWKiMhPi4mTEAwYVM9dGBJiG1Rnnxhr4tnwZlx0qp+ICEiMy0uRjs3VElDa1xMe2pVkXlho4ttt5dyyqN83LOELTAxPzs6T0hF"
                + "XVdOdGdchXdkl4JwrJd4waGB1LCN47uXMzdBRklKWlZSamlZfnFqkn93opCDuqCGy6yS3Luf7caoP0hPUlJYYl5jdnRvi4N3m5CE"
                + "r5uPxauS17yi58mt7dO2T1RhXmBram91fYCBmI+JqZuSuaybz7in38my1tq6W+fEU2FpZ291dn2BioqMnZiWs62cx7qn3cS13tS+"
                + "cuXJKebSXmt8cXmEgYWQlZSap6Wku7erz8i55dXByePLS/LXGarg"),
        Golden(
            "23x9", 23, 9, source: sizedSource,
            result:
                "DQsPHhoXIiEeLSQjOCQjPjImSTQqSkIsVkw6Y1M4aVxIcFxFgWtPgmZQj3VOm3pmqHtmrI9ksI1ou49vyKR00aZ/07GDGBYaIiAk"
                + "JiknNy8yPzAvST02TkE5TkhDY09GcF5MbV9LfGhVhm9TkHpllnpdnopvrI5utZFrupt1wZ581aV42rF+4LeKJiMiKDQwNDYwRzg3"
                + "Rz8/TklAVk1NWVRMZF5Sd2ZaeW5ffXddjnplkn5rnn1wpZl3spx0u5p6x6SByauC162N3bmL5r2YMCo1MDhBMz9JTkQ7VUtST1JP"
                + "ZGBKX2NTdGdddmxjiXFvkXprj4R4nIh6rJKDsZ97vJ6Dv6SN0qqL1rec47ue48Cd9cerNzg+N0RKREtRT1NMWlJdZV1WamNib3Nk"
                + "gH5sh3htjH1zmomAmY+IpZGKspyLv6aFyqiVz7OY2Lad3cCk48uh7se0+c6uPURUQk9aV1NbXFpiXWBpZWNtamxte3x7iIV7loh9"
                + "lo2JnpaIrZqNraOZwKmRyayUzb2l28Kp3ser5ci79Ne0w9y2xN/ES1ZeU1lmXl1nZGRxY3R0cnJ4d4GDhYiGj4GJnZmKppyYsJuO"
                + "rKidvqqax7ulz7Sv3r6r3cm07NO3x9q89Oa7EerEF+vRTl5nVGZqXml2dHd5dn+Dd4GEhoOJjZGSl5KTn5ecqamYuLGfurejxsCq"
                + "2Lqu3Mq85Muz7dTG+d3AFujRb+nNEu3SFdbYW2l6YWt+Z3GEeoCDe4ORfISSloqUlJyhn5edrKqnq7KuwLSqxb+tycy83cu949bE"
                + "7t7C8t/LhuvNfPDdDPfVIPvhFyTm"),
        Golden(
            "7x17", 7, 17, source: sizedSource,
            result:
                "HBMSNyYfTUYua1xDkG1VrIlixp94HyEePDEpW0g3eWFKlntcsoxuzKZ6KB4kQDMwW01GgGhSm4BhuZVw2Kl7ISgoQz07YFJFeGpX"
                + "m4RsuZt21bCDNTErS0E+Y11UgnZeoIhvwaF+17KIMzg1TUlEZl1VhnZoo491wqaB37eXOThEU05MbGVXjXttqpV+zKiR5b2gNzxD"
                + "VldQdG1ik316spqIy7CT58OmQUdKXllZenRolYd9s5+M1bWc58aqRUxQYFtgf3xvmpCBvqCP2rug9M+xSk9bYWBqhH1+oZaMwK+X"
                + "28Wu89W7V1VoaHB1hYaAppmRw7Oh4sy1bua9WF9mb3N5kYuMsaKXy7ao5s6yd+bDWGJobnh4jYuNrKmW0byrxtG9UujNXG10f4OJ"
                + "lZWUurOk2MWztt7HHfDSZHB5f4OKn5qduLWq3c2/t+PLIcHda3GKgYaWnJ6kvruy3NfBouvROMTg"),
        Golden(
            "40x31", 40, 31, source: sizedSource,
            result:
                "AgwIDA8LGxMPIhUTJhcXJxYdLBgfNR4aOCYcNy4jPi0kRS8lSDwmSkYoS0suT04xVU80X1VAZ1pJZVtDa19BeGRDfGFHfVxKg2dL"
                + "i29Pl25boHBjpHNmpYBjpI1eqJBdr5Bduopfv5FpwKJ5x6J8z6F9y6aByKmDCAoMEBAPGxgTIBsXIx0bKB0eLx4hNSEgOSghOzAj"
                + "QjEmSDMpST0oTEUrUUozVk81XVE1Y1c/aVtIaltEcF9Fe2dKf2VMf2FNh2tNj3NRl3Rdn3ZkpndmqIJkqI9irI5isY1kuIxovpNu"
                + "xKJ1yqR60KV/z6qBza6CEwgTFhEWHB8aHSUeHygiKiogMykjNScqOyspQTQkSDcpTTkvSz4sT0MxW0k8Y1A7a1U2alk+bFxGc1pG"
                + "emBLgW1Vg2xVg2lRjXJQlXpTln9hnYBmqH1lrYZmr5Fosotrs4hwtY53vJd2yqJvzqZ30quB1bGB17aAGA0THBMZIhshISIjIykl"
                + "Ky4mNC8pOSoqPywrRTQsSjktTT4wTEE1UEY8XEtEZlFFcFdBbVtEbV9HeF9LgGRPhmxUiXBXi3NakHdWlXxWmYJjoYVpqYRpr4lp"
                + "tJBptY9utpBzuZZ5wp13z6Nw06d216x+27KD37aFGxYRIRUaKhMoKRwnKSYmLC8uMzIwPywoRS0sRzM1SToxS0EvTEY/UUpJWk1M"
                + "ZlJOclhQbl1MbmJKfWZShmlUi2pPkHNYk35jkXxcknxZnoNlpohsqotusYxsuY1qt5VwuZt0wZ93yqN21KRz2ad13qt547CF57SN"
                + "FhkcGhsfIR8kIyMmJygpMiwxOi80PjIxQzczST84S0E6TUM8TkdDVEtGYU5FalZJb2BPbl9Nb19Nd2ZVfmtXg21Si3Rckn1plntk"
                + "mX1inYZro41vqpBvr5FttZFruZpyvaB3wZ57yaB81qV72qx83LN+3raG4LiKEhwlFSEkGSshHyslKCorOSozQS43Pjc5QkE5Sko6"
                + "TkdCUEVJUElHV01EZ1A/bVtFbWhOb2JOcF5QcmdYd21ZfnFVh3VfkXttmntsnn5rnIpxoZJzq5Vwr5Zvs5VtvJ51waN6wZ5+yZ+B"
                + "1qWD2rCD27uD27uH2ruJHxwhISMjJTAnLDMpNTMrPzI0QzM4QDc4RT85Tkg9UkpGVUtNVk9LW1NKYVlLamBQdGdVdGhYdGpadnJY"
                + "fXZai3lfkHljknhnlnlomn9sn451p5d4spl0t5p1upt2wJ17xKF+xKZ+yaeA0aaF1rCF2bqH4buM5buPKSAfKickLDMuNDgtPDkt"
                + "Qzg1Rjk5RDo6SEA8UEc/VExJWVBPW1NOXVhQXl9UaWNYeWZbeW1feXNhenlbgnxckn1mlXxnk3lllnppmoBvo5J3q5t6tZ12up15"
                + "vp59w55/x6KByKuAy62C0aqJ1rGK27qL5buT67yXLCwiKzApKjU2MDY2Nzc1Qj01S0I6TkRETUZFS0dBUUtHV09MWVRPXlpSZGBW"
                + "bmJae2RefW1gf3RigXhjhnlljXlnkH5rkoRwnYF1pIR3qJV1q551raB1s5x4u5p8xKOByquEzayF0q+L2bST3raS47iR5Lyb5L+h"
                + "Ly8pLjIxLDc9Lzc+NDk9Qz84TkU7UkhKUEpMSktIU09IW1RKW1hPX11TaWBXcWNbeWdff25jhXRmiHdoi3pqi3psjoBwk4h1ooh6"
                + "rIt9rJh3rJ52rZ54tJx9vZyCx6aFz62J06+N2LOT4Lma4rmY5rmW576i58GpMic3Mi48MzlDMjxGND5HRT4+T0A+UUVLUExQTlNU"
                + "XFlNZl5JYF9OYWFTbWBYcGZacm9df29minJsj3hnkH1rjIB2kYJ3mIV0po95r5d+rZx9r519t5l/vZ2Hw6OPzaWM1amO2LSY3Lid"
                + "47mc4bub4b6a7cKl9MOsMSc6Mi0+MjhDMz5JNkJMRkNDUUVDVEpPVE9TUVVTXV1OZ2VLY2VQZ2ZWc2hddWthdG9kgW9sjXFykXdt"
                + "k35wkYZ7l4h9n4h7p5GArpmDsp6At5+Bv56GwaKMwqiSzamP1ayR17ad3Lqh47qf4r6g48Kh8cao+8isLis3Ly87LjU/Mj1IOUVP"
                + "R0tHUlBIWVJWWVNUVFJMWl9NYmpPZmpUbm1afHRkfnFre2pxhW51jnJ3knZ1lX94l418no+Cpo2IppCKq5WKuZ2BwqODx6iMw6qP"
                + "vquPyq6O0rGS07ae2Lqj4b2i5cGl6cap9cur/s+rNDE4NDU+MjtGOEJLP0pOSFBKUVNMWFFXXFRXXllRY2BWaGdaaGtdb3FhfXpn"
                + "gndrg3BuiHNxjXZ1lH56mIV/mI2DnZCGo5CIqJWKrpqKuaGEwqWIyqaSyaqUyK+Vz7KV1bWY17ue27+g38Og5MSo6saw9cqt/M6r"
                + "PDg5OzxCOENQQElPR09MSlNMT1RQVk5YX1VaamFYbmFgcGNna2xnbnVofH5qhX1pjHhninhrjHtxl4d+m42Gl4yLmo+Jn5OGqpuI"
                + "sqKJt6aIwKaNzKGX0aib1bKd17We2rmf3sCd38ad3cqe48er6sS488iw+curOT1FOkNHPEtLQ0tQSkxTTk9RU1JTWFNdX1leaGBb"
                + "amBibGRoc3FpeXprf35uhIBuiYFujIRykIh2mI19nJCEm4+JoZGMqZKOs5iMu5+LwKSKxKmNx6uUzrGX1ria2reg3rml4b+n5Min"
                + "6NGk786t9Mu29s2098+yOEJPOkhMP1BJRk1RTkpZU01WV1FXWVhhX11iZl9fZmFkaGVpeXVsgn5wgn90hYJ0iId1jo14k5F8mJJ/"
                + "nZODoZOIqJSOsJSVupiQwp2NyKSMx6yOw7SUzLqW2L6Z3bqi4Luq48Cx6Mmw8tWr+NSv/NG1+NO49dS6PEJQPEdSPE1XSlBXVlJY"
                + "WFZbWlhgW1pkXl1oYmBsZmRqa2lrdnJ0f3t6h4R9jYV8lIN6k4mBlI6GmZSHoZeIqpaJrJyRrKSZt6SSwaaNxqmQyLCXybmh0r+k"
                + "3MOm2sOn3MOr4sO16si39dG0+NW0+Ni2+Nq++NvDP0RUQEdZQExhT1JdXFdaXVxiXV5oXV9pX2FuYmR0aGlwbXBvdHV7fn2BiYaB"
                + "koeAnIV/mYmIl42OnJSNpJmMr5uMr6KTqqyct62VwK6Rxq6VyrOez72p1sKu3cWv28mt3cyu48i568y89dK64Nm4x9+3yuHCy+LJ"
                + "QUlgR0thUE9kVlNjXVhjYV5pY2RvYWpwY2tyaGtzbHN1cHp5dYGAfYSBhYF7kIh9nZKDnpCNno6SoZGNp5iNrqOTrqOXraKbua6b"
                + "wbacx7GczbSi1b6q18Gv2cKz4su06dO26dK87Ni979+5m+O4Q+W5R+jDSerIR1JhTFJjVlRmWldmXllnYl9uZGdzY3B0Z3F1b3B1"
                + "cnl7dYCBfIeEgoeDh4B/kYmBn5qGopiQppWWqZSPq5qQraaZsaWat6GZvrGfw7ukybOl0LWo2r6r2sGv2MWy5M227dW579e78N27"
                + "7+a4fui6COm+C+vHDevMT1xaUVxfU11nWlxnYFtoX2BwX2Z0Y3Fza3N2dnN6eXyBfYOHhoeGjIaIjoGNlouLoJ2Hp6CTraGbsZ2T"
                + "sZ2UrKOetqecxaqXxbahxryqyrSv0rSw37yr3cSs2s2t4s+069O39Na299629Oi4hOu+DuzGDunPD+bUUFpdUVxhUl1nWGBnXmJp"
                + "YmVuZWpyZXR0a3Z3dXV7eH2CfYSHhoeGjYeJk4SQl4yRm5mOo5+UqqOXsqKTs6SVrametq6exLKayLeizLqq0bmz17q0372t4cWw"
                + "48216tC239W4rtq7uuC97+W+hejEDOrLD+3SEu3WTVRkT1dlUltmVGRoWmtqaGxrb29uaHh2aXh5cXZ7dH2AeYSEgoaFi4mJl4mP"
                + "mI2VlZOZm5qToqCPrqaRs62VrrKbtLefvrugyrei1Len2sC13cK33cGv5cS378nC9dG7zdm6SeDDYeLI5uDHg+PLBubQEPPUFvrW"
                + "SlpmTV5mU2RnV2ZuXml1bHJ2dXh5dH1/dH+BdYCCfYGFhIOJiYqNjo+Qk5GPl5KVmpScop+XqaiUsq2auLKeurehvrukw76nz7qo"
                + "2Lqs2sW23sm44cix6My78NLH9tfCzd3CP+XMMufPfeXNTefOD+rQE/bUFv3WR2JnTGdoVG5pW2l1Y2aBcHeCeoGEgIOIf4eJe4uK"
                + "hoWLj4KOkY6WkZaXkJiRl5iVoZeeqqWbsrGct7Skvreoxrunyb6qysGu1b2w272z2cm43c+55c+16tW+79zK997Iz+LKQurUCu3W"
                + "DuzSFO3QGu/QFvPUFPbXV2dvVmhwVmtxXWx3Zm99cXmAeYCEfoCKfoKLe4WLh4aKkYmNkpSWlZmam5eao5mdrJ2grKejr6+ltrWm"
                + "vLimvrmnxMCuzMi21sS53sO74cu95dG+6te97NrD7dzJ9OHIzebLROjVDezXEPLUFvTYHO3bGKHdFnHdYmp2Xml3Wml5YG57aXV8"
                + "c3t/eYCFfH+NfYCOe4KNiIeNk46PlJiYmJyeopehq5ujsqWjraqprK+tt7WovLmmu7mowsKyzM291srA4MnB5c7C6tXD7d7E7t/H"
                + "7N3K4OXJt+rMVenWI+7ZE/fWF/ndH+zkGmPkFwvkXGmAX2qBZWuEZ2+Ga3OHdXyFe4KHeoSPe4SUfYSWjIiYmI2alpahmJqinpif"
                + "paGiq7Cpq7OtrbWwu7OtxLesyMCuyMe2yM2+1M6+3tG/4dbE59vF7uDE8uHI7+HMkenOZO/SmfHbd/XbGPnVFfvcIe7jG2LoGAnq"
                + "WWmFYGqHbGyKa2+MbHKNd3yIfIOJeIeReoeXfoWbjoiem4yhmJWmmJmlm5idoaSip7atqbiwrriyvrKwybaw0MSyzMq4xc2/09G9"
                + "3da+39vG5d/H7uHE9eLI8ePOY+vRM/LWwfbeqfndG/rVFPzbI+/jHGHqGAju"),
        Golden(
            "1x1", 1, 1, source: sizedSource,
            result:
                "j4h7"),
        Golden(
            "22x18", 22, 18, source: sizedSource,
            result:
                "BAwIHhMQJhcYKxgfOCMbOy4kRjMlSkcpT04xXVQ+ZltFcGFCfGBHhGdLlm5Zo3JlpIZgqZFdu4pfwKB4zaB9yKiDFQkUHCMcICki"
                + "MysjOSkrRjYnTDsuUUQzZE88bFk9cVtFfmVQg21VjnNRln9fpH9mroxnsolttZB5yKFv0amA2LaAGxQTKRcnKCgmMjEuQiwpSDcy"
                + "TEI0U0lHZVJNb1xLdmNOh2hSj3VZkXtanIJjqIlstIxrtpVxv5940qRy2ql45LSKExwiHCcjKCkrPi02QTs2S0Y8TkVEWUxEa1hF"
                + "bmFNcmJTe21WindgmHtpnIZup5JwsZJsvJ91wZ191aSA27aB3LmJIh4hKjMqOTYsRDQ5Qz04UkpDV05NXFZNaWFTdmladnFahXld"
                + "knlklnlonox1sJl2upx3wp5+xah+0KaF17iH57uQKy0jLDY3ODg1SkI4TkZGTklEWFFNXltSbmJafGtggHZjiXllkIBsnIF1p5J1"
                + "rZ51t5t6xqaCzayF2LOS4reQ5L6gMSo0MTpDNjxDT0E8UUpPVFROYVxLYmBUcGVafG9ki3VpjX1ukoN0pY16rJp7spx8vZ+HzqaK"
                + "1rOV4bmc4byY78KqMCo6MTlDOERMUUlEVlBUV1lPZWdPbGpZeW1kgG9ukHRylIN2nIp/p5CEs5yBwKKGwaiPz6uO1bee4rug5MKj"
                + "+sqrNTM5ND5JQUtNUFNMXFJZY15UaWhdcXNjgnhqh3Nvknt5mImBnpCHqJaKtqGGx6WOyq2W0rOX2bye3sSg6MSw+s2sOj5EPUtM"
                + "Sk1SUlJSXFZeamFebmhoeXprhH9ui4FwlIp6m4+HopCMspmMvqSJxqmS0rSZ27eh4cCm5s+j8sq198+yO0NPP09RU09ZWVVcXVxl"
                + "ZWJnbmxtgX52ioV5kIl8l5KDopWIq5mSuZ+RxqeOx7SZ1b+f3L+m4sK089Kw+ta199i/QEZYR05iXVheX2BqYGRuZmlycHV2f4CA"
                + "koh/m4qHnJGNqZuNrqSWt62WxbCWz7um2cOv3syu5cy78tW5p+C3o+TISFJhV1VmX1poZGZzZnJ0cHR4eIOCg4aDkYmBoZiOqJWS"
                + "rJ+Ts6WavrKfyLWl17uq2MOx59C379e87+W4IOq9DevLUVxcVF9oX2BpY2hyaXV2eHl/gYWHj4aLl4yQo5+SsKKVsKSZuqycyLei"
                + "zriy3Luu38qw6dG1xtq57+a7JuzIEevVTFdlU2BnXGtucnJxbXx8dX2AgIWHjoyMmI+Vm5mWq6eStLKburqhzLil2sG03sWz68nA"
                + "+Na8MuTIsOLKHebQFvvWS2RpVm1uZWqAeYGEgIWKgIeLkImQkpeXmZiWqKOetbKiwLmoyMCr1b+x28i449G47NnF+eDHN+rVDu3T"
                + "GvDRFN7YYWp1Wml5aXZ8eX+DfYCPgYSMk5KRmpueq5ujr6eosrOqu7inxMS018rA5czB7NrD7d3I5OfJRujXE/XWHfvjFxvjWmmF"
                + "bW2KbXONfIKIeYeWhoacmo+jmJmjoKSiqLewt7SxzLuxy8q509G939rE6+DF9+LLPO3SzvfeKfrWIf7hGRft"),
        Golden(
            "5x40", 5, 40, source: sizedSource,
            result:
                "IxgWRDgoa1xCnHhbv5pxJBoYRjkpbV1DnXlcwJtyJR8cSjstcl9Hn31gwp10JyUhTz4weGFKoYFkxZ93KiUjT0A1emNOo4RmyaF3"
                + "LSQmUEE6fWZSpodnzaN4LSYpUUQ+fWhUp4pqz6V6LCosU0dAe2lWp4xtzqd+LS4uVUpDe2tYqI9wzqmBNDEvV01HfnBbq5Fz0KuD"
                + "OjUwWVFLgXVfrpN20a2FOzgzWlNMg3VirpV31K+KOzw3W1RNhnZmr5h417KQPD08XVdPiHdpsZp82rSUPj1CYFpRinlrtZuB3baZ"
                + "Pz5GY15TjXttuJ2G37mcQEFHZWFWkH1zu6CI37ufQERIaGVZk395vaOL376hQ0dKa2ZdlIJ7v6SO4MCiR0pNbmhhlYZ8waaR4sKk"
                + "Sk1PcGpklop9w6iT5cSnS05ScWxnmY1/xqqU6ceqTE9Vcm5qnJCCya2W7cquTlFZc29vn5OGyrKb7c2yUVRedXF1oZWKy7eg7dC3"
                + "VVdjdnV4o5eNzbmk0da5WVpod3t7pZmPz7unrdy6XF5ren9+qJyS0b2qm9+8XWFrf4CCrJ+V1L6rnuC9XmRrg4KFsKKY1r+sn+G+"
                + "XmZrgoKFr6SY08GvjuHDXmhsgIOEraaY0cOyfOLIYWtwhIaIsaqc0ci2Z+XLZHB2iouNtq6h0s25UunOZ3N7jo6RubGl09G8RefR"
                + "aXR8kI+TurOp1dTARtrVa3V+kpCVurSs1tbER83YbXaEkpKZu7ev0trFTM/ab3eKkpOevbqxzd7HUdHbcHeMkpSfvbuyzN/HU9Lc"
        ),
        Golden(
            "20x9", 20, 9, source: sizedSource,
            result:
                "EA4QHxwZJiIgMyQjPC0lRjQpS0EtWE05ZVY9bFxHeWRLgmhQjXJPnHpkqYBmrY5ltY5rw5xyzqV806+CGhgcIyMlLSsrOzAwRTgz"
                + "TUA4UEhCZVJHb15MdGNPgmxUjXZflXpfn4ltro9tt5VvvZx4zaJ62a5837aIJiYkKzUwPDczRzw7S0VAVExKWlRNaF9UeGlce3Je"
                + "hnlhkX1pnH5vppd2tJx2v559yKeB0ayJ27aM5LyWMCw3MTpDPkFDUkhHUU9QX11LYWNTdGhefG5njXVtkIBymId5qZCBsp59vaCG"
                + "xqaM1LCT3rmd47+d8sapNzpAO0ZMSE5PVVJVYVlZaWJfcHJkgX1siXpvkoJ5mYyEoZCJsJqLv6WHy6uW0rSa2rug4cei68iv982v"
                + "PkZVSFBaWVZeXV1mYmJsaWptent5i4V7loqBmpGJppiLraCVvKiTya6W0b6m3MSq4cez7tG30du1xN7CTFdfVlpmYGBrY2xzbXN3"
                + "dn2AhIeGkoaJoJqPqpyUrqKWuKmbxbej0Lau3sGt4s212ta54uG7UunBFuvPT19oV2dtZ293dXt+d4CEgoOIjY+RmJOVop2bsK2b"
                + "ubShwr2o1Lyt3cm65s248dfEjOLIS+nPLezRFNrXXGl7Y22Ab3eEe4KKfISSkImUlZmfoZufrK2ptLOsw7qsyMi32cu95NbD797E"
                + "y+PMge3VOfTYGvreGUnl"),
    ]

    /// Folders of the development set: CRC-32 of all pictures decoded, and with the shorter side at 160.
    static let folders: [(path: String, decoded: UInt32, resized: UInt32)] = [
        ("data/imagenet/sample", 1_427_466_619, 3_748_734_992),
        ("data/imagenet/val227", 1_197_113_758, 2_337_615_222),
    ]

    private static let sizedSource =
        "AgwIHRMPJhcWKBYhOCAYNy8jRCwlSkMmS00vVU80Z1pKZFxAe2VEfVxKiG9LnW5hpXRnpI1eq5Jdv4hfwKR8z6B9yKmDFgcVHCMc"
        + "HCskMy4gNiYvRDYkTzowSkAsYUtCblY2a11FeVlGhHFbhGtSl3pQloRpq35ksZJptIVwtJJ+zaNr0auC2biAGxYRKxMpKCUlLjQz"
        + "QyolRzM3S0AsTUhJXU5NclhRa2FIhGhWjGpOlH9kj3pWpIZrq4xuuYxqtppzxKJ41aRy3ap457SNERwmGCsgIykqQik3PTo5S0s6"
        + "T0NIT0pFbVA9bGhNcFtNc2pcfXFTkXtuoHtqmo5zrJZwsZNrwaV5wZqA2aaD27uD2buIKBweLTUtPTsqRjU6QDg2Ukg/WFBRXVRM"
        + "XGFWeWdad3FjeHxUmH5pk3ZilHpppZl9uZx1v599xpyBxrB9z6aH17qI7buULTMjKTY7MjQ6SkYzVUtPSEdCVU5JWlhRaWJYfGNg"
        + "gXVih3hqindmkYp2qoF+rJ5wqaF1uZd8y7CF0auJ37qa6LaT4cCnMyQ8NTtGMUBMUDs6UEZPUFdYbGFIXWNRcWBZb3Jci29wlHxk"
        + "jIN9moRzsZp+q59/vJaCxKaU1qSM27uh5bmd3cCb+cStLiw3LTQ+N0VRT1FEXVVbVFJKYGtPaGtXgXhofGlzjXF4lHh3mZF9p46K"
        + "ppKOwaF9yauPvKyP0bGO0rij4r6i6caq/tCrPDg5OERSR05MTFZMWExba2JYcWFnaHFngIBrjHhniXhunY2EloyMn5OGsaGJuaiH"
        + "zqCZ1bKd2Lef4MOd3cue6cO5+curN0JPP1JFS0laVk1SWltkaF9dZWFpg35sgX5zhoh0kpJ5mpJ/oJKKsZGUwZqOyqaKwbWT172W"
        + "4beo48Gy8tio/tC19dO4PkJQO0xhXFZWWl1kXVpnYGF0a2tpeHSAjoyDm4F+k4qMnZqNs5iKqa+cv6qMx66Uzr+s38au1sqn5MS9"
        + "+c+69t21+d/JQkxlWFBlXFdmZ2NxYnJ1a25ycH59eYuFhX11npiFoY+WpZGKrqqYr52awbyhyrCg2sGs1r+17tW57NjA7Oa3BOi5"
        + "DO7IUl9YUl9oYltnXGJ0ZHRzeXR7fYSJjoiGkICToJ6Hrqaet5yQqqOiyayWxr6qzLG14ryq2dCs59C3+9i09uu4EO7HD+TWTVNl"
        + "UltmVmxqc21rZXp4cHZ7eIOEhYiGm4qRlJKanp6NtauSrbSdvbyh07Sj3sW83cCt8MjF+de2A+TJ+9/IBOXRF/zWRmJnVW9pYWSB"
        + "d4CDgoSJe4uKj4CMkpWaj5mOoJeesbCZurWpyLynysGt3Lqw2M+758+z7tzK/eDGCO3ZD+zRGu7OFP7XY2p0Vmh3ZnR5eH+Afn6P"
        + "e4GLkoyKk5+bppWjtKKiqqytu7qkt7eozc293sbC6c7A7t/F69zJ9unIDufZEvfWHvvkFwziWWmFbWyKanGOfYGFd4iUfoWbnIqg"
        + "lpqonJibp7atqrmzxq+v0seyxc2/3NS84N7J8OHD+uPOBPDT/PjhBfrUJP7iGAju"
}
